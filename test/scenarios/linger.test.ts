import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { begin, fill, PROVIDERS, rig } from './rig.js';

for (const provider of PROVIDERS) {
  describe(`SO_LINGER on ${provider}`, () => {
    test('what the peer sends ends no lingering close; the time does, and resets the peer', async (t) => {
      const r = await rig(t);
      const [client, server] = await (await begin(r, provider)).pair();
      await fill(client, server);
      await client.setOption('SOL_SOCKET', 'SO_LINGER', { linger: { onoff: true, linger: 2 } });
      const began = performance.now();
      const closing = client.ok('close');
      await delay(100);
      await server.ok('send', { data: { text: 'x' } });
      await closing;
      const took = performance.now() - began;
      assert.ok(took >= 1_990 && took < 6_000, `it took ${took} ms`);
      const ends = async (): Promise<string> => {
        for (;;) {
          const { status, body } = await server.any('recv', { maxBytes: 1 << 20, timeoutMs: 5_000 });
          if (status !== 200 || body.eof) return body.name ?? 'end';
        }
      };
      assert.equal(await ends(), 'WSAECONNRESET');
    });
  });
}

test('a close that lingers for an hour does not hold up process.exit', async () => {
  const child = fileURLToPath(new URL('./linger-child.js', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [child], { timeout: 20_000 });
  assert.equal(stdout.trim(), 'lingers');
});
