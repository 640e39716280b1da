import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ManualClock } from '../daemon/manual-clock.js';
import { begin, fill, PROVIDERS, rig, until } from './rig.js';

for (const provider of PROVIDERS) {
  describe(`SO_LINGER on ${provider}`, () => {
    test('what the peer sends ends no lingering close; the time does, and resets the peer', async (t) => {
      const clock = new ManualClock();
      const r = await rig(t, { clock });
      const { sockets } = r.app.daemon;
      const [client, server] = await (await begin(r, provider)).pair();
      await fill(client, server);
      await client.setOption('SOL_SOCKET', 'SO_LINGER', { linger: { onoff: true, linger: 2 } });
      const closing = client.ok('close');
      await until(() => sockets.find(client.id) === undefined, 'the close lingers');
      await server.ok('send', { data: { text: 'x' } });
      for (let ms = 0; ms < 1_990; ms += 10) {
        clock.advance(10);
        await new Promise(setImmediate);
      }
      assert.equal(sockets.closings().length, 1);
      clock.advance(10);
      await closing;
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
  const { stdout } = await promisify(execFile)(process.execPath, [child], { timeout: 120_000 });
  assert.equal(stdout.trim(), 'lingers');
});
