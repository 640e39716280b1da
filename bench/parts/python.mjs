import { join } from 'node:path';
import { clientEnv, clientRows, clientSubjects, rpycSubjects } from '../peers/peers.mjs';
import { bench } from '../places.mjs';
import { bulkRows, bulkSubjects } from './bulk-clients.mjs';

/** Measures the Python client: calls, batches and bytes in bulk, beside RPyC and local sockets. */
export async function python(tools) {
  const ports = await tools.startEchoServer();
  const daemon = await tools.startDaemon({ isProfiled: tools.options.profile });
  const client = { argv: ['python3', join(bench, 'peers', 'bulk_clients.py')], env: clientEnv(daemon) };
  const subjects = {
    ...clientSubjects(daemon, tools, ports),
    ...(await rpycSubjects(tools, ports)),
    ...(await bulkSubjects(client, daemon, tools.options.seconds)),
  };
  return { subjects, rows: [...clientRows, ...bulkRows('Python')] };
}
