/** Two sockets on one port, over HTTP; test/providers/contract/sharing.ts has every combination. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isWine } from '../../is-wine.js';
import { PROVIDERS, startDaemon, startSession } from '../test-daemon.js';

const POLICY = { bind: { allow: ['0.0.0.0/0'], reuseAddress: true } };
const SPECIFIC = { family: 'AF_INET', address: '127.0.0.1', port: 0 } as const;
const TRUE = { boolean: true };

for (const provider of PROVIDERS) {
  describe(`one port on ${provider}`, () => {
    for (const type of ['SOCK_STREAM', 'SOCK_DGRAM']) {
      test(`is shared by two sockets that both set SO_REUSEADDR, ${type}`, async (t) => {
        const session = await startSession(await startDaemon(t, { config: { policy: POLICY } }), provider);
        const [holder, plain, sharer] = [
          await session.socket({ type }),
          await session.socket({ type }),
          await session.socket({ type }),
        ];
        await holder.setOption('SOL_SOCKET', 'SO_REUSEADDR', TRUE);
        await sharer.setOption('SOL_SOCKET', 'SO_REUSEADDR', TRUE);
        await holder.ok('bind', { address: SPECIFIC });
        const address = await holder.sockName();
        await sharer.ok('bind', { address });
        await plain.ok('bind', { address: SPECIFIC });
        const late = await session.socket({ type });
        await late.setOption('SOL_SOCKET', 'SO_REUSEADDR', TRUE);
        const { name } = await late.problem('bind', { address: await plain.sockName() });
        assert.equal(name, 'WSAEACCES');
      });
    }

    test('has a listener for every address and one for a specific address', async (t) => {
      if (provider === 'ws2_32' && isWine()) return t.skip('Wine gives Linux no option for it');
      const session = await startSession(await startDaemon(t, { config: { policy: POLICY } }), provider);
      const wide = await session.stream();
      await wide.ok('bind', { address: { ...SPECIFIC, address: '0.0.0.0' } });
      await wide.ok('listen', { backlog: 5 });
      const address = { ...SPECIFIC, port: (await wide.sockName()).port };
      const narrow = await session.stream();
      await narrow.ok('bind', { address });
      await narrow.ok('listen', { backlog: 5 });
      const client = await session.stream();
      await client.ok('connect', { address });
      await narrow.accept({ timeoutMs: 10_000 });
      await narrow.ok('close');
      const other = await session.stream();
      await other.ok('connect', { address });
      await wide.accept({ timeoutMs: 10_000 });
    });
  });
}
