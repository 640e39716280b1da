/** A relay that other machines can reach needs policy.relay.remote. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { folder } from '../places.js';
import { RECORDING } from '../recording.js';
import { canRun, missing } from './requirements.js';
import { noNamespaces, twoMachines } from './two-machines.js';

const PROGRAM = fileURLToPath(new URL('./relay-program.js', import.meta.url));
const ENV = { PATH: process.env.PATH, HOME: process.env.HOME, ...RECORDING };

const against = missing('curl', 'python3') ?? noNamespaces();

test('a listener outside loopback is denied to relays, unless the policy allows it', async (t) => {
  if (!canRun(t, against)) return;
  const root = folder(t);
  const { daemon: here, client: there } = twoMachines(t);
  writeFileSync(join(root, 'page.txt'), 'through the relay');
  const server = here.run(['python3', '-u', '-m', 'http.server', '0', '--bind', '127.0.0.1'], {
    cwd: root,
    env: ENV,
  });
  const [, upstream = ''] = await server.line(/ port (\d+)/);
  const own = here.addresses.IPv4;
  for (const address of [own, '0.0.0.0']) {
    for (const remote of ['false', 'true']) {
      const daemon = here.run([process.execPath, PROGRAM, address, upstream, remote], { env: ENV });
      const [line] = await daemon.line(/\{.*\}/);
      const { status, type, port } = JSON.parse(line);
      if (remote === 'false') assert.deepEqual([status, type], [403, '/problems/destination-denied']);
      else {
        assert.equal(status, 201);
        const curl = there.run(['curl', '-s', '-m', '20', `http://${own}:${port}/page.txt`], { env: ENV });
        assert.equal(await curl.exit(), 0);
        assert.equal(curl.stdout, 'through the relay');
      }
    }
  }
});
