/** A connect that failed leaves the socket as it was, whether anybody waited for it or not. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { begin, loopback, PROVIDERS, rig } from '../rig.js';

for (const provider of PROVIDERS) {
  describe(`a refused connect on ${provider}`, () => {
    for (const [mode, nonBlocking] of [
      ['blocking', 0],
      ['non-blocking', 1],
    ] as const) {
      test(`a ${mode} one leaves the socket in the state that it had`, async (t) => {
        const r = await rig(t);
        const session = await begin(r, provider);
        const { address } = await session.dead();
        const [fresh, bound] = [await session.stream(), await session.stream()];
        await bound.ok('bind', { address: loopback('AF_INET', 0) });
        for (const socket of [fresh, bound]) {
          await socket.ok('ioctl', { request: 'FIONBIO', value: nonBlocking });
          await socket.problem('connect', { address, timeoutMs: 10_000 });
          if (nonBlocking) await session.ok('select', { except: [socket.id], timeoutMs: 10_000 });
        }
        assert.deepEqual([(await fresh.info()).state, (await bound.info()).state], ['fresh', 'bound']);
      });
    }
  });
}
