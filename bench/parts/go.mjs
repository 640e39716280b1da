import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { bench, cache } from '../places.mjs';
import { run, start } from '../programs.mjs';
import { startRelayFloor } from './bulk.mjs';

const MIB = 1024 * 1024;

/** How much is moved for each second of the options. */
const MIB_A_SECOND = 128;

const PROGRAM = join(cache, 'go-client');

/** Measures the Go client: calls one by one, and bytes in bulk beside local sockets. It needs Go. */
export async function go(tools) {
  await run(['go', '-C', join(bench, 'peers', 'go'), 'build', '-o', PROGRAM, '.']);
  const daemon = await tools.startDaemon({ isProfiled: tools.options.profile });
  const floor = await startRelayFloor();
  const { seconds } = tools.options;
  const bytes = Math.max(1, Math.round(MIB_A_SECOND * seconds)) * MIB;
  const throughRig = (way) => () => moved([way, bytes, 'rig', daemon.port], daemon);
  const throughRelay = (way) => () => moved([way, bytes, 'relay'], daemon, floor);
  const subjects = {
    calls: async () =>
      JSON.parse(await run([PROGRAM, 'calls', `${seconds}`, `${daemon.port}`], { env: env(daemon) })),
    'bulk up': throughRig('up'),
    'bulk down': throughRig('down'),
    'floor up': throughRelay('up'),
    'floor down': throughRelay('down'),
  };
  return { subjects, rows: [CALLS, bulkRow('up'), bulkRow('down')] };
}

const env = ({ token }) => ({ ...process.env, BENCH_TOKEN: token });

/** Runs both ends; the near one is led through the relay, if one is given. */
async function moved(args, daemon, floor) {
  const child = start([PROGRAM, ...args.map(String)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: env(daemon),
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const { value: farPort } = await lines.next();
  if (floor) child.stdin.write(`${(await floor.to(Number(farPort))).port}\n`);
  const { value: json } = await lines.next();
  if (json === undefined) throw new Error(`bulk ${args[0]} ended early`);
  return { rate: args[1] / MIB / JSON.parse(json).seconds };
}

/** @type {import('../rows.mjs').Row} */
const CALLS = { name: 'Go calls, 1 client', unit: 'calls/s', ours: (round) => round.calls.rate };

/** @returns {import('../rows.mjs').Row} */
const bulkRow = (way) => ({
  name: `Go bulk ${way}`,
  unit: 'MiB/s',
  ours: (round) => round[`bulk ${way}`].rate,
  against: 'a local socket, node:net relay',
  theirs: (round) => round[`floor ${way}`].rate,
  atLeast: 0.5,
});
