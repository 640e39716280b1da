import { createInterface } from 'node:readline';
import { start } from '../programs.mjs';
import { startRelayFloor } from './bulk.mjs';

const MIB = 1024 * 1024;

/** How much is moved for each second of the options. */
const MIB_A_SECOND = 128;

/**
 * What measures bytes in bulk through a client, and through a local socket of its language.
 *
 * @param {{ argv: string[], env: NodeJS.ProcessEnv }} client its program: with the arguments `up|down BYTES rig PORT` or
 *   `up|down BYTES relay` it is both ends
 * @param {{ port: number }} daemon
 * @param {number} seconds
 */
export async function bulkSubjects(client, daemon, seconds) {
  const floor = await startRelayFloor();
  const bytes = Math.max(1, Math.round(MIB_A_SECOND * seconds)) * MIB;
  const throughRig = (way) => () => moved(client, [way, bytes, 'rig', daemon.port]);
  const throughRelay = (way) => () => moved(client, [way, bytes, 'relay'], floor);
  return {
    'bulk up': throughRig('up'),
    'bulk down': throughRig('down'),
    'floor up': throughRelay('up'),
    'floor down': throughRelay('down'),
  };
}

/** Runs both ends; the near one is led through the relay, if one is given. */
async function moved({ argv, env }, args, floor) {
  const child = start([...argv, ...args.map(String)], { stdio: ['pipe', 'pipe', 'inherit'], env });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const { value: farPort } = await lines.next();
  if (floor) child.stdin.write(`${(await floor.to(Number(farPort))).port}\n`);
  const { value: json } = await lines.next();
  if (json === undefined) throw new Error(`bulk ${args[0]} ended early`);
  return { rate: args[1] / MIB / JSON.parse(json).seconds };
}

/**
 * @param {string} language
 * @returns {import('../rows.mjs').Row[]}
 */
export const bulkRows = (language) => ['up', 'down'].map((way) => bulkRow(language, way));

/** @returns {import('../rows.mjs').Row} */
const bulkRow = (language, way) => ({
  name: `${language} bulk ${way}`,
  unit: 'MiB/s',
  ours: (round) => round[`bulk ${way}`].rate,
  against: 'a local socket, node:net relay',
  theirs: (round) => round[`floor ${way}`].rate,
  atLeast: 0.5,
});
