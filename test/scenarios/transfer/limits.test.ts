/** Limits of a call beside its own parameters: the options of its socket, the configuration. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManualClock } from '../../daemon/waiting/manual-clock.js';
import type { Answer } from '../../http/client.js';
import { fillSendBuffer, loopback, PROVIDERS, startDaemon, startSession, textOf } from '../test-daemon.js';

/** More than both ends of a connection hold. */
const MORE_THAN_BUFFERED = { base64: Buffer.alloc(1 << 20, 'x').toString('base64') };

for (const provider of PROVIDERS) {
  describe(`limits on ${provider}`, () => {
    test('a waiting send ends with WSAETIMEDOUT after SO_SNDTIMEO, a recv does not', async (t) => {
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock });
      const [client, server] = await (await startSession(daemon, provider)).pair();
      await fillSendBuffer(client, server);
      await client.setOption('SOL_SOCKET', 'SO_SNDTIMEO', { integer: 700 });
      const ended = async (operation: string, params: object): Promise<Answer> => {
        const waiting = client.answer(operation, params);
        await client.untilBusy();
        // Up to the limit of the daemon, the longest one; each limit acts at its own time.
        clock.advance(25_000);
        return waiting;
      };
      let [tries, isPart] = [0, true];
      while (isPart) {
        const { status, headers, body } = await ended('send', { data: MORE_THAN_BUFFERED });
        assert.match(String(headers['server-timing']), /wait;dur=700$/);
        // The system may have found some room again, and then the send answers its bytes: so once more.
        isPart = status === 200 && ++tries < 100;
        if (!isPart) assert.deepEqual([status, body.code], [504, 10060]);
      }
      const { headers, body } = await ended('recv', {});
      assert.match(String(headers['server-timing']), /wait;dur=25000$/);
      assert.equal(body.type, '/problems/wait-limit');
    });

    test('a receive gives at most limits.recvBytes; a stream keeps the rest', async (t) => {
      const daemon = await startDaemon(t, { config: { limits: { recvBytes: 4 } } });
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      await client.ok('send', { data: { text: 'abcdefghijkl' } });
      await server.untilAvailable(12);
      for (const [params, text] of [
        [{ maxBytes: 100 }, 'abcd'],
        [{}, 'efgh'],
        [{ maxBytes: 100, flags: ['MSG_WAITALL'] }, 'ijkl'],
      ] as const) {
        assert.equal(textOf(await server.ok('recv', params)), text);
      }
      const [a, b] = [await session.datagram(), await session.datagram()];
      await b.ok('bind', { address: loopback('AF_INET', 0) });
      await a.ok('sendTo', { data: { text: 'abcdef' }, address: await b.sockName() });
      const got = await b.ok('recvFrom', { maxBytes: 100, timeoutMs: 10_000 });
      assert.deepEqual([textOf(got), got.truncated], ['abcd', true]);
    });
  });
}
