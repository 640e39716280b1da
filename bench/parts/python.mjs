import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { clientEnv, clientRows, clientSubjects, rpycSubjects } from '../peers/peers.mjs';
import { bench } from '../places.mjs';
import { start } from '../programs.mjs';
import { startRelayFloor } from './bulk.mjs';

const MIB = 1024 * 1024;

/** How much is moved for each second of the options. */
const MIB_A_SECOND = 128;

/** Measures the Python client: calls, batches and bytes in bulk, beside RPyC and local sockets. */
export async function python(tools) {
  const ports = await tools.startEchoServer();
  const daemon = await tools.startDaemon({ isProfiled: tools.options.profile });
  const floor = await startRelayFloor();
  const bytes = Math.max(1, Math.round(MIB_A_SECOND * tools.options.seconds)) * MIB;
  const throughRig = (way) => () => moved([way, bytes, 'rig', daemon.port], daemon);
  const throughRelay = (way) => () => moved([way, bytes, 'relay'], daemon, floor);
  const subjects = {
    ...clientSubjects(daemon, tools, ports),
    ...(await rpycSubjects(tools, ports)),
    'bulk up': throughRig('up'),
    'bulk down': throughRig('down'),
    'floor up': throughRelay('up'),
    'floor down': throughRelay('down'),
  };
  return { subjects, rows: [...clientRows, bulkRow('up'), bulkRow('down')] };
}

/** Runs both ends; the near one is led through the relay, if one is given. */
async function moved(args, daemon, floor) {
  const argv = ['python3', join(bench, 'peers', 'bulk_clients.py'), ...args.map(String)];
  const child = start(argv, { stdio: ['pipe', 'pipe', 'inherit'], env: clientEnv(daemon) });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const { value: farPort } = await lines.next();
  if (floor) child.stdin.write(`${(await floor.to(Number(farPort))).port}\n`);
  const { value: json } = await lines.next();
  if (json === undefined) throw new Error(`bulk ${args[0]} ended early`);
  return { rate: args[1] / MIB / JSON.parse(json).seconds };
}

/** @returns {import('../rows.mjs').Row} */
const bulkRow = (way) => ({
  name: `Python bulk ${way}`,
  unit: 'MiB/s',
  ours: (round) => round[`bulk ${way}`].rate,
  against: 'a local socket, node:net relay',
  theirs: (round) => round[`floor ${way}`].rate,
  atLeast: 0.5,
});
