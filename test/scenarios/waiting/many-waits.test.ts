/** Many waiting calls: how many an owner may have, and how they end. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManualClock } from '../../daemon/waiting/manual-clock.js';
import type { Answer, Body } from '../../http/client.js';
import { PROVIDERS, startDaemon, startSession, until } from '../test-daemon.js';

/** Processor time of this process, in ms: unlike the time of a clock, other programs do not add to it. */
const processorMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** The longest turn of the event loop, in ms of the processor, until `over` resolves. */
const longestStall = async (over: Promise<unknown>): Promise<number> => {
  let isOver = false;
  void over.then(() => {
    isOver = true;
  });
  let longest = 0;
  for (let last = processorMs(); !isOver; ) {
    await new Promise(setImmediate);
    const now = processorMs();
    longest = Math.max(longest, now - last);
    last = now;
  }
  return longest;
};

const nameOf = ({ status, body }: Answer): string => (status < 300 ? 'ok' : (body.name ?? body.type));

for (const provider of PROVIDERS) {
  describe(`many waits on ${provider}`, () => {
    test('one more call that would wait is refused before it does anything; all others go on', async (t) => {
      const daemon = await startDaemon(t, { config: { limits: { callsPerOwner: 3 } } });
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      const [other] = await session.pair();
      const listener = await session.listener();
      const waits = [
        client.answer('recv'),
        client.answer('recv'),
        session.answer('select', { read: [other.id] }),
      ];
      await until(() => daemon.app.daemon.waiting.of('alice') === 3, 'three wait');
      for (const [socket, operation] of [
        [client, 'recv'],
        [other, 'recv'],
        [other, 'enumNetworkEvents'],
        [listener, 'accept'],
      ] as const) {
        if (operation === 'enumNetworkEvents') await other.ok('eventSelect', { events: ['FD_READ'] });
        const refused = await socket.problem(operation);
        assert.deepEqual(
          [refused.type, refused.status, refused.retryable],
          ['/problems/quota', 429, true],
          operation,
        );
        if (operation === 'enumNetworkEvents') {
          await other.ok('eventSelect', { events: [] });
          await other.ok('ioctl', { request: 'FIONBIO', value: 0 });
        }
      }
      const fresh = await session.stream();
      const address = await listener.sockName();
      assert.equal((await fresh.problem('connect', { address })).type, '/problems/quota');
      assert.equal((await fresh.info()).state, 'fresh', 'nothing was begun');
      // Calls that need not wait go on, and so does another owner.
      assert.equal((await server.ok('send', { data: { text: 'hello' } })).bytesSent, 5);
      assert.equal((await server.problem('recv', { timeoutMs: 0 })).code, 10060);
      await other.ok('sendDisconnect');
      await daemon.bob.ok.post('/v1/startup');
      await fresh.ok('close');
      assert.deepEqual(await client.ok('cancel'), { cancelled: 1 });
      await until(() => daemon.app.daemon.waiting.of('alice') === 1, 'the places are free');
      await session.ok('cleanup');
      assert.deepEqual((await Promise.all(waits)).map(nameOf), [
        'ok',
        'WSA_OPERATION_ABORTED',
        'WSA_OPERATION_ABORTED',
      ]);
      assert.equal(daemon.app.daemon.waiting.of('alice'), 0);
    });

    test('waiting select and poll calls need room for their watches', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      const account = daemon.app.daemon.bytes.of('alice');
      const filled = 256 * 1024 * 1024 - account.used - 512;
      account.count(filled);
      const sockets = [{ socketId: client.id, events: ['POLLIN'] }];
      assert.equal((await session.problem('select', { read: [client.id] })).type, '/problems/quota');
      assert.equal((await session.problem('poll', { sockets })).type, '/problems/quota');
      assert.deepEqual((await session.ok('select', { write: [client.id] })).write, [client.id], 'at once');
      account.release(filled);
      const waiting = session.ok('select', { read: [client.id] });
      await client.untilBusy();
      await server.ok('send', { data: { text: 'x' } });
      assert.deepEqual((await waiting).read, [client.id]);
    });

    for (const [how, name] of [
      ['cancel', 'WSA_OPERATION_ABORTED'],
      ['close', 'WSAEINTR'],
      ['cleanup', 'WSA_OPERATION_ABORTED'],
      ['endSession', 'WSA_OPERATION_ABORTED'],
      ['drain', '/problems/draining'],
    ] as const) {
      test(`${how} ends 400 calls of one socket; all are answered, others go on`, async (t) => {
        const daemon = await startDaemon(t);
        const session = await startSession(daemon, provider);
        const [client] = await session.pair();
        const waits = Array.from({ length: 400 }, () => client.answer('recv'));
        await until(() => daemon.app.daemon.waiting.of('alice') === 400, 'all wait');
        const answers = Promise.all(waits);
        const stall = longestStall(answers);
        if (how === 'cancel') assert.deepEqual(await client.ok('cancel'), { cancelled: 400 });
        else if (how === 'close') await client.ok('close');
        else if (how === 'drain') await daemon.app.daemon.drain(0);
        else if (how === 'cleanup') await session.ok('cleanup');
        else await daemon.api.ok.delete(session.path);
        assert.deepEqual(new Set((await answers).map(nameOf)), new Set([name]));
        assert.ok((await stall) < 1000, `${await stall} ms`);
        assert.equal(daemon.app.daemon.waiting.of('alice'), 0);
      });
    }

    for (const how of ['arrival', 'limit', 'cancel', 'close', 'endSession'] as const) {
      test(`${how} ends 100 selects of 300 sockets; all are answered, others go on`, async (t) => {
        const clock = how === 'limit' ? new ManualClock() : undefined;
        const daemon = await startDaemon(t, clock && { clock });
        const session = await startSession(daemon, provider);
        const [client, server] = await session.pair();
        const make = {
          operation: 'socket',
          params: { sessionId: session.id, provider, family: 'AF_INET', type: 'SOCK_DGRAM' },
        };
        const made: Body = await daemon.api.ok.post('/v1/batch', { steps: Array(299).fill(make) });
        const others: readonly string[] = made.steps.map(({ result }: Body) => result.socketId);
        const read = [...others, client.id];
        const waits = Array.from({ length: 100 }, () => session.answer('select', { read, timeoutMs: 9000 }));
        const beginStall = longestStall(
          until(() => daemon.app.daemon.waiting.of('alice') === 100, 'all wait'),
        );
        assert.ok((await beginStall) < 1000, `${await beginStall} ms`);
        const answers = Promise.all(waits);
        const stall = longestStall(answers);
        if (how === 'arrival') await server.ok('send', { data: { text: 'x' } });
        else if (how === 'endSession') await daemon.api.ok.delete(session.path);
        else if (how === 'limit') clock?.advance(9000);
        else await client.ok(how);
        const empty = { read: [], write: [], except: [] };
        const expected = {
          arrival: { ...empty, read: [client.id] },
          limit: empty,
          cancel: 'WSA_OPERATION_ABORTED',
          close: { ...empty, read: [client.id] },
          endSession: 'WSA_OPERATION_ABORTED',
        }[how];
        for (const { status, body } of await answers)
          assert.deepEqual(status < 300 ? body : body.name, expected);
        assert.ok((await stall) < 1000, `${await stall} ms`);
        assert.equal(daemon.app.daemon.waiting.of('alice'), 0);
      });
    }
  });
}
