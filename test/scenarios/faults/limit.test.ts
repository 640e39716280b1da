/** The effect `limit` and the trigger `afterBytes`: exactly so many bytes pass. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PROVIDERS, startDaemon, startSession, type TestSocket, textOf } from '../test-daemon.js';
import { untilArrived } from './arrived.js';

const WAIT = { timeoutMs: 10_000 };

const fiveThen = (what: 'end' | 'reset') =>
  // biome-ignore lint/suspicious/noThenProperty: its value is a text, so nothing can take it for a promise
  ({ effect: 'limit', bytes: 5, then: what });

/** Receives until something fails or the stream ends; returns how many bytes came, and the last answer. */
const received = async (socket: TestSocket, maxBytes: number) => {
  for (let bytes = 0; ; ) {
    const { status, headers, body } = await socket.answer('recv', { ...WAIT, maxBytes });
    if (status !== 200 || body.eof) return { bytes, body, named: headers['winsockd-fault'] };
    bytes += body.bytesReceived;
  }
};

for (const provider of PROVIDERS) {
  describe(`limit and afterBytes on ${provider}`, () => {
    test('a rule with afterBytes hits after exactly so many bytes, however the calls cut them', async (t) => {
      const daemon = await startDaemon(t);
      for (const maxBytes of [1, 7, 64, 65_536]) {
        const session = await startSession(daemon, provider);
        await session.arm({ operation: 'recv', afterBytes: 100, effect: 'reset' });
        const [client, server] = await session.pair();
        await client.ok('send', { data: { text: 'x'.repeat(150) } });
        const { bytes, body } = await received(server, maxBytes);
        assert.deepEqual([bytes, body.name, body.fault], [100, 'WSAECONNRESET', 'flt_1']);
      }
    });

    test('the call before is cut short and names the rule; bytes from before the arming do not count', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      await client.ok('send', { data: { text: 'before' } });
      const fault = { operation: 'send', afterBytes: 10, times: 1, effect: 'fail', code: 'WSAENETDOWN' };
      const armed = await session.arm(fault);
      assert.equal(armed.afterBytes, 10);
      const first = await client.answer('send', { data: { text: '123' } });
      assert.equal(first.headers['winsockd-fault'], undefined);
      const cut = await client.answer('send', { data: { text: '4567890---' } });
      assert.deepEqual([cut.body.bytesSent, cut.headers['winsockd-fault']], [7, 'flt_1']);
      assert.equal((await client.problem('send', { data: { text: 'x' } })).name, 'WSAENETDOWN');
      await client.ok('send', { data: { text: '!' } });
      await client.ok('close');
      assert.equal(await server.drain(), 'before1234567890!');
      const { calls, hits } = await daemon.api.ok.get(`${session.path}/faults/flt_1`);
      assert.deepEqual([calls, hits], [4, 1]);
    });

    test('end: the receiver reads so many bytes and the end, which select shows at once', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      await session.arm({ operation: 'recv', ...fiveThen('end') });
      await client.ok('send', { data: { text: 'a whole sentence' } });
      await untilArrived(daemon, server, 16);
      await server.ok('eventSelect', { events: ['FD_CLOSE'] });
      assert.equal(textOf(await server.ok('recv')), 'a who');
      assert.deepEqual((await session.ok('select', { read: [server.id], timeoutMs: 0 })).read, [server.id]);
      const { events } = await server.ok('enumNetworkEvents', WAIT);
      assert.deepEqual(
        events.map(({ event }: { event: string }) => event),
        ['FD_CLOSE'],
      );
      assert.equal((await server.ok('ioctl', { request: 'FIONREAD' })).value, 0);
      const end = await server.answer('recv');
      assert.deepEqual(
        [end.body.eof, end.body.bytesReceived, end.headers['winsockd-fault']],
        [true, 0, 'flt_1'],
      );
      await server.ok('send', { data: { text: 'back' } });
      assert.equal(textOf(await client.ok('recv', WAIT)), 'back', 'the other direction goes on');
    });

    test('end: the peer of a sender reads so many bytes and the end; the sender learns of it', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      await session.arm({ socketId: client.id, operation: 'send', ...fiveThen('end') });
      assert.equal((await client.ok('send', { data: { text: 'a whole sentence' } })).bytesSent, 5);
      assert.equal(await server.drain(), 'a who');
      const again = await client.problem('send', { data: { text: 'more' } });
      assert.deepEqual([again.name, again.fault], ['WSAESHUTDOWN', 'flt_1']);
      await server.ok('send', { data: { text: 'back' } });
      assert.equal(textOf(await client.ok('recv', WAIT)), 'back', 'the other direction goes on');
    });

    test('reset: so many bytes pass in a direction, and the next call there resets', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      await session.arm({ socketId: server.id, ...fiveThen('reset') });
      await client.ok('send', { data: { text: 'a whole sentence' } });
      await server.ok('send', { data: { text: '1234' } });
      const { bytes, body, named } = await received(server, 3);
      assert.deepEqual([bytes, body.name, body.fault, named], [5, 'WSAECONNRESET', 'flt_1', 'flt_1']);
      assert.equal((await client.info()).state === 'reset' || (await received(client, 9)).bytes <= 4, true);
    });

    test('MSG_WAITALL gets what passes', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      await session.arm({ operation: 'recv', ...fiveThen('end') });
      await client.ok('send', { data: { text: 'a whole sentence' } });
      assert.equal(textOf(await server.ok('recv', { maxBytes: 16, flags: ['MSG_WAITALL'] })), 'a who');
      assert.equal((await server.ok('recv', { maxBytes: 16 })).eof, true);
    });
  });
}

test('afterBytes is for calls of streams that send or receive, and excludes the other triggers', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const datagram = await session.datagram();
  const refused = async (fault: object): Promise<string[]> => {
    const { errors } = await daemon.api.problem.post(`${session.path}/faults`, { afterBytes: 9, ...fault });
    return errors.map(({ pointer }: { pointer: string }) => pointer);
  };
  assert.deepEqual(await refused({ operation: 'accept', effect: 'delay', delayMs: 1 }), ['/afterBytes']);
  assert.deepEqual(await refused({ effect: 'drop' }), ['/afterBytes']);
  assert.deepEqual(await refused({ socketId: datagram.id, effect: 'delay', delayMs: 1 }), ['/afterBytes']);
  assert.deepEqual(await refused({ nth: 1, effect: 'delay', delayMs: 1 }), ['/afterBytes']);
  assert.deepEqual(await refused({ effect: 'latency', latencyMs: 5, jitterMs: 6 }), ['/jitterMs']);
  await session.arm({ effect: 'latency', latencyMs: 5, jitterMs: 5, seed: 3 });
  const { faults } = await daemon.api.ok.get(`${session.path}/faults`);
  assert.deepEqual([faults[0].seed, faults[0].jitterMs], [3, 5]);
});
