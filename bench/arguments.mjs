import { parseArgs } from 'node:util';

export const USAGE = `npm run bench -- [options]

  --only PART        one part: http, connected, resident, churn, waiting, wires,
                     neighbours, instant, bulk, go, python, console; may be
                     repeated (all but console, which needs Chromium, and python,
                     which needs the peers)
  --rounds N         interleaved rounds (7)
  --seconds N        how long each measurement of a round takes (1)
  --cold             without the uncounted round that comes first
  --closes N         how many sockets the part churn opens and closes (1000000)
  --minutes N        how long the part console measures the memory of the page (10)
  --peers            the peers too: RPyC and an aiohttp rig, installed into .cache/bench
  --against FOLDER   another built checkout of winsockd, in the same rounds
  --profile          the daemon writes a CPU profile to .cache/bench/profile when it ends
  --json FILE        where the figures go (.cache/bench/results.json)
`;

/**
 * @param {string[]} args
 * @param {string[]} parts the names of all parts
 * @throws an Error of one line for an invalid argument
 */
export function readArguments(args, parts) {
  const { values } = parseArgs({
    args,
    options: {
      only: {
        type: 'string',
        multiple: true,
        default: parts.filter((part) => !['python', 'console'].includes(part)),
      },
      rounds: { type: 'string', default: '7' },
      seconds: { type: 'string', default: '1' },
      cold: { type: 'boolean', default: false },
      closes: { type: 'string', default: '1000000' },
      minutes: { type: 'string', default: '10' },
      peers: { type: 'boolean', default: false },
      against: { type: 'string' },
      profile: { type: 'boolean', default: false },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const unknown = values.only.find((name) => !parts.includes(name));
  if (unknown !== undefined) throw new Error(`--only ${unknown}: one of ${parts.join(', ')}`);
  return {
    ...values,
    rounds: positive('rounds', values.rounds, Number.isInteger),
    seconds: positive('seconds', values.seconds, Number.isFinite),
    closes: positive('closes', values.closes, Number.isInteger),
    minutes: positive('minutes', values.minutes, Number.isInteger),
  };
}

function positive(name, text, isRight) {
  const value = Number(text);
  if (!isRight(value) || value <= 0) throw new Error(`--${name} ${text}: a number above 0`);
  return value;
}
