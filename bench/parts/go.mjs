import { join } from 'node:path';
import { bench, cache } from '../places.mjs';
import { run } from '../programs.mjs';
import { bulkRows, bulkSubjects } from './bulk-clients.mjs';

const PROGRAM = join(cache, 'go-client');

/** Measures the Go client: calls one by one, and bytes in bulk beside local sockets. It needs Go. */
export async function go(tools) {
  await run(['go', '-C', join(bench, 'peers', 'go'), 'build', '-o', PROGRAM, '.']);
  const daemon = await tools.startDaemon({ isProfiled: tools.options.profile });
  const { seconds } = tools.options;
  const env = { ...process.env, BENCH_TOKEN: daemon.token };
  const subjects = {
    calls: async () => JSON.parse(await run([PROGRAM, 'calls', `${seconds}`, `${daemon.port}`], { env })),
    ...(await bulkSubjects({ argv: [PROGRAM], env }, daemon, seconds)),
  };
  return { subjects, rows: [CALLS, ...bulkRows('Go')] };
}

/** @type {import('../rows.mjs').Row} */
const CALLS = { name: 'Go calls, 1 client', unit: 'calls/s', ours: (round) => round.calls.rate };
