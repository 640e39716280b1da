/** Events over a WebSocket: which, in which order, from where on, and for which reader. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Body } from '../../http/client.js';
import { BOB, loopback, PROVIDERS, startDaemon, startSession, until } from '../test-daemon.js';
import { RpcSocket } from './rpc-socket.js';

/** What an event is about, for short. */
const nameOf = ({ kind, event }: Body): string =>
  `${kind} ${event?.operation ?? event?.to ?? event?.change ?? event?.lost ?? ''}`.trim();

for (const provider of PROVIDERS) {
  describe(`events over a WebSocket on ${provider}`, () => {
    test('those of all kinds, each once, with the data of the event stream', async (t) => {
      const daemon = await startDaemon(t);
      const rpc = await RpcSocket.open(t, daemon);
      const { subscription } = await rpc.ok('rpc.subscribe');
      const { sessionId } = await rpc.ok('startup');
      const { socketId } = await rpc.ok('socket', {
        sessionId,
        provider,
        family: 'AF_INET',
        type: 'SOCK_STREAM',
      });
      await rpc.ok('bind', { socketId, address: loopback('AF_INET', 0) });
      await rpc.ok('close', { socketId });
      await rpc.ok('endSession', { sessionId });
      const events = await rpc.untilEvents(9);
      assert.deepEqual(events.map(nameOf), [
        'session began',
        'operation startup',
        'operation socket',
        'state bound',
        'operation bind',
        'state closed',
        'operation close',
        'session ended',
        'operation endSession',
      ]);
      assert.ok(events.every((one) => one.subscription === subscription));
      const numbers = events.map(({ id }) => Number(id.split('-')[1]));
      assert.deepEqual(
        numbers,
        [...numbers].sort((a, b) => a - b),
      );
      for (const { event } of events) assert.equal(event.sessionId, sessionId);
    });
  });
}

test('filters: kinds, a session, a socket; each subscription has its own', async (t) => {
  const daemon = await startDaemon(t);
  const [one, other] = [await startSession(daemon, 'lab'), await startSession(daemon, 'lab')];
  const socket = await one.stream();
  const rpc = await RpcSocket.open(t, daemon);
  const subscribe = async (params: object): Promise<string> =>
    (await rpc.ok('rpc.subscribe', params)).subscription;
  const states = await subscribe({ kinds: ['state'] });
  const ofSession = await subscribe({ sessionId: other.id });
  const ofSocket = await subscribe({ socketId: socket.id, sessionId: one.id });
  const second = await other.stream();
  await socket.ok('bind', { address: loopback('AF_INET', 0) });
  await second.ok('close');
  await rpc.untilEvents(7);
  await rpc.settled();
  const of = (id: string) => rpc.events.filter(({ subscription }) => subscription === id).map(nameOf);
  assert.deepEqual(of(states), ['state bound', 'state closed']);
  assert.deepEqual(of(ofSession), ['operation socket', 'state closed', 'operation close']);
  assert.deepEqual(of(ofSocket), ['state bound', 'operation bind']);
});

test('an owner gets only own events', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const socket = await session.stream();
  const rpc = await RpcSocket.open(t, daemon, { token: BOB });
  await rpc.ok('rpc.subscribe');
  await session.stream();
  for (const [params, expected] of [
    [{ sessionId: session.id }, [-32000, '/problems/not-found', 404]],
    [{ socketId: socket.id }, [10038, '/problems/WSAENOTSOCK', 404]],
  ] as const) {
    const { code, data } = await rpc.error('rpc.subscribe', params);
    assert.deepEqual([code, data.type, data.status], expected);
  }
  await rpc.ok('startup');
  assert.deepEqual((await rpc.untilEvents(2)).map(nameOf), ['session began', 'operation startup']);
});

test('the event of a call comes after its answer', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const pairs = [await session.pair(), await session.pair()];
  const rpc = await RpcSocket.open(t, daemon);
  await rpc.ok('rpc.subscribe', { kinds: ['operation'] });
  const calls: Promise<Body>[] = [];
  for (let n = 0; n < 200; n++) {
    const [client, server] = pairs[n % 2] ?? [];
    assert.ok(client && server);
    calls.push(rpc.response('recv', { socketId: server.id, timeoutMs: 10_000, maxBytes: 1 }, `recv ${n}`));
    calls.push(rpc.response('send', { socketId: client.id, data: { text: 'x' } }, `send ${n}`));
    if (n % 3 === 0) calls.push(rpc.response('getSocket', { socketId: client.id }, `get ${n}`));
  }
  await Promise.all(calls);
  const events = await rpc.untilEvents(400);
  assert.ok(events.length >= 400);
  // The answers of each operation are as many as its events at every moment, or more.
  const ahead = new Map<string, number>();
  for (const message of rpc.received) {
    const [operation = '', change] =
      message.method === 'rpc.event'
        ? [message.params.event.operation, -1]
        : [String(message.id).split(' ')[0], 1];
    const now = (ahead.get(operation) ?? 0) + Number(change);
    assert.ok(now >= 0, `an event of ${operation} came before its answer`);
    ahead.set(operation, now);
  }
});

test('events may be resumed behind any id; lost ones are a gap', async (t) => {
  const daemon = await startDaemon(t, { config: { limits: { eventEntries: 16 } } });
  const rpc = await RpcSocket.open(t, daemon);
  await rpc.ok('rpc.subscribe');
  const session = await startSession(daemon, 'lab');
  for (let n = 0; n < 4; n++) await session.stream();
  const seen = [...(await rpc.untilEvents(6))];
  const after = seen[2]?.id;
  const again = await RpcSocket.open(t, daemon);
  const { subscription } = await again.ok('rpc.subscribe', { after });
  assert.deepEqual(
    await again.untilEvents(3),
    seen.slice(3).map((one) => ({ ...one, subscription })),
  );
  for (let n = 0; n < 30; n++) await session.stream();
  const late = await RpcSocket.open(t, daemon);
  await late.ok('rpc.subscribe', { after });
  const [gap, next] = await late.untilEvents(2);
  assert.equal(gap.kind, 'gap');
  assert.ok(gap.event.lost > 0);
  const numberOf = ({ id }: Body) => Number(id.split('-')[1]);
  assert.equal(numberOf(gap), numberOf({ id: after }) + gap.event.lost);
  assert.equal(numberOf(next), numberOf(gap) + 1);
  const earlier = await RpcSocket.open(t, daemon);
  await earlier.ok('rpc.subscribe', { after: '1-5' });
  const [first] = await earlier.untilEvents(1);
  assert.deepEqual([first.kind, first.event.earlierRun], ['gap', true]);
});

test('parameters that are none', async (t) => {
  const rpc = await RpcSocket.open(t, await startDaemon(t));
  for (const params of [{ after: 'x' }, { kinds: [] }, { kinds: ['other'] }, { more: 1 }, { sessionId: 5 }]) {
    assert.equal((await rpc.error('rpc.subscribe', params)).code, -32602, JSON.stringify(params));
  }
  for (const params of [{}, { subscription: 1 }]) {
    assert.equal((await rpc.error('rpc.unsubscribe', params)).code, -32602);
  }
});

test('at the end of the session that it names, a subscription ends with a notification', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const rpc = await RpcSocket.open(t, daemon);
  const { subscription } = await rpc.ok('rpc.subscribe', { sessionId: session.id });
  await daemon.api.delete(session.path);
  await until(() => rpc.events.some(({ kind }) => kind === 'end'), 'it ends');
  assert.deepEqual(rpc.events.at(-1), { subscription, kind: 'end' });
  assert.deepEqual(rpc.events.slice(0, -1).map(nameOf), ['session ended', 'operation endSession']);
  assert.deepEqual(await rpc.ok('rpc.unsubscribe', { subscription }), { unsubscribed: false });
});

test('no event follows the answer of rpc.unsubscribe', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const rpc = await RpcSocket.open(t, daemon);
  for (let n = 0; n < 20; n++) {
    const [kept, dropped] = [await rpc.ok('rpc.subscribe'), await rpc.ok('rpc.subscribe')];
    const opened = rpc.response('socket', { sessionId: session.id, provider: 'lab' });
    const ended = rpc.response('rpc.unsubscribe', dropped);
    await opened;
    assert.deepEqual((await ended).result, { unsubscribed: true });
    await until(
      () => rpc.events.some(({ subscription }) => subscription === kept.subscription),
      'the other one has the event',
    );
    await rpc.settled();
    const isOfDropped = ({ params }: Body) => params?.subscription === dropped.subscription;
    const answeredAt = rpc.received.findIndex(({ result }) => result?.unsubscribed);
    assert.equal(rpc.received.slice(answeredAt).some(isOfDropped), false);
    rpc.received.length = 0;
    await rpc.ok('rpc.unsubscribe', kept);
  }
});

test('a WebSocket has at most 16 subscriptions, an owner so many as streams of events', async (t) => {
  const daemon = await startDaemon(t, { config: { limits: { eventStreamsPerOwner: 18 } } });
  const [one, other] = [await RpcSocket.open(t, daemon), await RpcSocket.open(t, daemon)];
  const ids: string[] = [];
  for (let n = 0; n < 16; n++) ids.push((await one.ok('rpc.subscribe')).subscription);
  assert.equal(new Set(ids).size, 16);
  const quota = async (rpc: RpcSocket) => {
    const { code, data } = await rpc.error('rpc.subscribe');
    assert.deepEqual([code, data.type], [-32000, '/problems/quota']);
  };
  await quota(one);
  await other.ok('rpc.subscribe');
  await other.ok('rpc.subscribe');
  await quota(other);
  assert.equal((await daemon.api.problem.get('/v1/events')).type, '/problems/quota');
  await one.ok('rpc.unsubscribe', { subscription: ids[0] });
  await other.ok('rpc.subscribe');
  await quota(other);
  one.destroy();
  await until(() => daemon.app.daemon.events.overQuota('alice') === undefined, 'they have ended');
  // At once: the limit holds among them too.
  const answers = await Promise.all(Array.from({ length: 20 }, () => other.response('rpc.subscribe')));
  assert.equal(answers.filter(({ error }) => error === undefined).length, 13);
});

test('a WebSocket that subscribes to a session uses it', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const live = daemon.app.daemon.sessions.findOfAnyOwner(session.id);
  const rpc = await RpcSocket.open(t, daemon);
  assert.equal(live?.lease.isRunning, true);
  const asked = await rpc.ok('rpc.subscribe', { sessionId: session.id });
  assert.equal(live?.lease.isRunning, false);
  await rpc.ok('rpc.unsubscribe', asked);
  rpc.ws.close();
  await until(() => live?.lease.isRunning === true, 'it runs again');
});

test('a reader of events that is too slow is cut off with 1008', async (t) => {
  const daemon = await startDaemon(t, { config: { limits: { eventBytes: 20_000 } } });
  const session = await startSession(daemon, 'lab');
  const rpc = await RpcSocket.open(t, daemon);
  await rpc.ok('rpc.subscribe');
  // An answer that waits keeps the events back.
  rpc.ws.pause();
  for (let n = 0; n < 100; n++) rpc.send({ jsonrpc: '2.0', id: n, method: 'rpc.discover' });
  await rpc.connection.write('');
  for (let n = 0; n < 200; n++) await session.stream();
  rpc.ws.resume();
  assert.deepEqual(await rpc.closed, { code: 1008, reason: 'Events are read too slowly.' });
});

test('missed events are sent no faster than they are read', async (t) => {
  const daemon = await startDaemon(t, { config: { limits: { eventBytes: 10_000, eventEntries: 1000 } } });
  const session = await startSession(daemon, 'lab');
  const first = await RpcSocket.open(t, daemon);
  await first.ok('rpc.subscribe');
  await session.stream();
  const [{ id: after }] = await first.untilEvents(1);
  for (let n = 0; n < 300; n++) await session.stream();
  const late = await RpcSocket.open(t, daemon);
  late.ws.pause();
  late.send({ jsonrpc: '2.0', id: 'subscribe', method: 'rpc.subscribe', params: { after } });
  await daemon.api.ok.get('/health/live');
  late.ws.resume();
  const events = await late.untilEvents(300);
  assert.equal(late.closeCode, undefined);
  const numbers = events.map(({ id }) => Number(id.split('-')[1]));
  assert.deepEqual(
    numbers,
    [...new Set(numbers)].sort((a, b) => a - b),
  );
});

test('many subscriptions that all get the events of one turn are not slow readers', async (t) => {
  const daemon = await startDaemon(t, { config: { limits: { eventEntries: 20_000 } } });
  const rpc = await RpcSocket.open(t, daemon);
  const { sessionId } = await rpc.ok('startup');
  const { socketId } = await rpc.ok('socket', { sessionId, provider: 'lab' });
  const subscriptions = 16;
  for (let n = 0; n < subscriptions; n++) await rpc.ok('rpc.subscribe', { kinds: ['operation'] });
  const repeat = 600;
  const step = { operation: 'ioctl', params: { socketId, request: 'FIONREAD' }, repeat };
  const { outcome } = await rpc.ok('batch', { steps: [step] });
  assert.equal(outcome, 'completed');
  await rpc.untilEvents(subscriptions * repeat);
  assert.equal(rpc.closeCode, undefined);
});

test('a notification that subscribes makes no subscription', async (t) => {
  const daemon = await startDaemon(t);
  const rpc = await RpcSocket.open(t, daemon);
  rpc.send({ jsonrpc: '2.0', method: 'rpc.subscribe' });
  await rpc.ok('startup');
  const { subscription } = await rpc.ok('rpc.subscribe');
  assert.equal(subscription, 'sub_1');
  await rpc.ok('startup');
  await rpc.untilEvents(2);
  assert.deepEqual(new Set(rpc.events.map((one) => one.subscription)), new Set(['sub_1']));
});
