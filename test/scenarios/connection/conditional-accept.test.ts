/** The condition of WSAAccept in steps: an offer is shown, then accepted, rejected or left in the queue. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isWine } from '../../is-wine.js';
import {
  loopback,
  PROVIDERS,
  startDaemon,
  startSession,
  type TestSession,
  TestSocket,
} from '../test-daemon.js';

const bytesText = ({ base64 }: { base64: string }): string => Buffer.from(base64, 'base64').toString();

/** A listener with SO_CONDITIONAL_ACCEPT. */
const conditional = async (session: TestSession): Promise<TestSocket> => {
  const listener = await session.stream();
  await listener.setOption('SOL_SOCKET', 'SO_CONDITIONAL_ACCEPT', { boolean: true });
  await listener.ok('bind', { address: loopback('AF_INET', 0) });
  await listener.ok('listen');
  return listener;
};

for (const provider of PROVIDERS) {
  describe(`conditional accept on ${provider}`, () => {
    test('a deferred offer stays first; it is accepted by its id, once', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const address = await listener.sockName();
      const deferring = listener.ok('conditionalAccept', { condition: 'CF_DEFER', timeoutMs: 10_000 });
      await listener.untilBusy();
      const [first, second] = [await session.stream(), await session.stream()];
      await first.ok('connect', { address });
      const offer = await deferring;
      assert.deepEqual(offer.remoteAddress, await first.sockName());
      await second.ok('connect', { address });
      const again = await listener.ok('conditionalAccept', { condition: 'CF_DEFER' });
      assert.deepEqual(again, offer, 'the same offer');
      assert.equal(offer.created, false);
      const { offerId } = offer;
      const accepted = await listener.answer('conditionalAccept', { condition: 'CF_ACCEPT', offerId });
      assert.deepEqual([accepted.status, accepted.body.created], [200, true]);
      assert.equal(accepted.headers.location, `/v1/sockets/${accepted.body.socketId}`);
      assert.deepEqual(accepted.body.remoteAddress, offer.remoteAddress);
      const server = new TestSocket(daemon, accepted.body.socketId);
      await first.ok('send', { data: { text: 'accepted' } });
      assert.equal(bytesText((await server.ok('recv')).data), 'accepted');
      for (const condition of ['CF_ACCEPT', 'CF_REJECT', 'CF_DEFER']) {
        const late = await listener.problem('conditionalAccept', { condition, offerId });
        assert.deepEqual([late.name, late.function], ['WSAEACCES', 'WSAAccept']);
      }
      const { remoteAddress } = await listener.ok('accept');
      assert.deepEqual(remoteAddress, await second.sockName());
    });

    test('accept takes a deferred offer, too', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const client = await session.stream();
      await client.ok('connect', { address: await listener.sockName() });
      const { offerId } = await listener.ok('conditionalAccept', { condition: 'CF_DEFER' });
      const { socketId } = await listener.ok('accept');
      await client.ok('send', { data: { text: 'plain' } });
      assert.equal(bytesText((await new TestSocket(daemon, socketId).ok('recv')).data), 'plain');
      const late = await listener.problem('conditionalAccept', { condition: 'CF_REJECT', offerId });
      assert.equal(late.name, 'WSAEACCES');
    });

    test('a rejection resets a connection that was complete; the listener goes on', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const address = await listener.sockName();
      const client = await session.stream();
      await client.ok('connect', { address });
      const rejected = await listener.answer('conditionalAccept', { condition: 'CF_REJECT' });
      assert.equal(rejected.status, 200);
      assert.equal(rejected.body.condition, 'CF_REJECT');
      assert.equal(rejected.body.socketId, undefined);
      assert.equal((await client.problem('recv', { timeoutMs: 10_000 })).name, 'WSAECONNRESET');
      const next = await session.stream();
      await next.ok('connect', { address });
      assert.deepEqual((await listener.ok('accept')).remoteAddress, await next.sockName());
    });

    test('the close of a listener resets the connections that it deferred', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const client = await session.stream();
      await client.ok('connect', { address: await listener.sockName() });
      await listener.ok('conditionalAccept', { condition: 'CF_DEFER' });
      await listener.ok('close');
      assert.equal((await client.problem('recv', { timeoutMs: 10_000 })).name, 'WSAECONNRESET');
    });

    test('without an offer it waits; on a socket that does not listen it is WSAEINVAL', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      for (const condition of ['CF_ACCEPT', 'CF_REJECT', 'CF_DEFER']) {
        const limited = await listener.problem('conditionalAccept', { condition, timeoutMs: 20 });
        assert.equal(limited.name, 'WSAETIMEDOUT');
      }
      await listener.ok('ioctl', { request: 'FIONBIO', value: 1 });
      const blocked = await listener.problem('conditionalAccept', { condition: 'CF_DEFER' });
      assert.equal(blocked.name, 'WSAEWOULDBLOCK');
      const fresh = await session.stream();
      const invalid = await fresh.problem('conditionalAccept', { condition: 'CF_DEFER' });
      assert.equal(invalid.name, 'WSAEINVAL');
    });
  });
}

for (const provider of PROVIDERS.filter((name) => name !== 'posix')) {
  test(`on ${provider}, a caller waits while its offer is pending, and is accepted by its id`, async (t) => {
    const daemon = await startDaemon(t);
    const session = await startSession(daemon, provider);
    const listener = await session.stream();
    const option = `/v1/sockets/${listener.id}/options/SOL_SOCKET/SO_CONDITIONAL_ACCEPT`;
    const set = await daemon.api.put(option, { value: { boolean: true } });
    if (provider === 'ws2_32' && isWine()) {
      assert.equal(set.body.name, 'WSAENOPROTOOPT');
      return t.skip('Wine does not know SO_CONDITIONAL_ACCEPT');
    }
    assert.equal(set.status, 200);
    await listener.ok('bind', { address: loopback('AF_INET', 0) });
    await listener.ok('listen');
    const caller = await session.stream();
    const connecting = caller.answer('connect', { address: await listener.sockName() });
    const offer = await listener.ok('conditionalAccept', { condition: 'CF_DEFER' });
    assert.deepEqual(await listener.ok('conditionalAccept', { condition: 'CF_DEFER' }), offer);
    assert.equal((await caller.info()).state, 'connecting');
    const { offerId } = offer;
    const accepted = await listener.ok('conditionalAccept', { condition: 'CF_ACCEPT', offerId });
    assert.equal((await connecting).status, 200);
    await caller.ok('send', { data: { text: 'in' } });
    assert.equal(bytesText((await new TestSocket(daemon, accepted.socketId).ok('recv')).data), 'in');
  });
}

test('posix stores SO_CONDITIONAL_ACCEPT, but completes connections by itself', async (t) => {
  if (!PROVIDERS.includes('posix')) return t.skip('there is no posix here');
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'posix');
  const listener = await conditional(session);
  const caller = await session.stream();
  await caller.ok('connect', { address: await listener.sockName() });
  await listener.ok('conditionalAccept', { condition: 'CF_REJECT' });
  assert.equal((await caller.problem('recv', { timeoutMs: 10_000 })).name, 'WSAECONNRESET');
});

test('on the lab, callers wait for the decision of a listener with SO_CONDITIONAL_ACCEPT', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const listener = await conditional(session);
  const address = await listener.sockName();
  const caller = await session.stream();
  const connecting = caller.answer('connect', { address, callerData: { text: 'who' } });
  const offer = await listener.ok('conditionalAccept', { condition: 'CF_DEFER' });
  assert.equal(bytesText(offer.callerData), 'who');
  assert.equal((await caller.info()).state, 'connecting');
  const { offerId } = offer;
  const reject = { condition: 'CF_REJECT', offerId, disconnectData: { text: 'not today' } };
  await listener.ok('conditionalAccept', reject);
  assert.equal((await connecting).body.name, 'WSAECONNREFUSED');
  const { disconnectData } = await caller.ok('recvDisconnect');
  assert.equal(bytesText(disconnectData), 'not today');
  assert.equal((await caller.info()).receiveShutdown, false);

  const again = caller.ok('connect', { address });
  await listener.ok('conditionalAccept', { condition: 'CF_DEFER' });
  const accept = { condition: 'CF_ACCEPT', calleeData: { text: 'welcome' } };
  const { socketId } = await listener.ok('conditionalAccept', accept);
  assert.equal(bytesText((await again).calleeData), 'welcome');
  await new TestSocket(daemon, socketId).ok('send', { data: { text: 'hello' } });
  assert.equal(bytesText((await caller.ok('recv')).data), 'hello');
});

test('an offer whose caller has withdrawn cannot be decided about', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const listener = await conditional(session);
  const address = await listener.sockName();
  const caller = await session.stream();
  const connecting = caller.answer('connect', { address });
  const { offerId } = await listener.ok('conditionalAccept', { condition: 'CF_DEFER' });
  await caller.ok('close');
  await connecting;
  const late = await listener.problem('conditionalAccept', { condition: 'CF_ACCEPT', offerId });
  assert.equal(late.name, 'WSAEACCES');
});

test('calleeData and disconnectData go with their decision, if the provider has them', async (t) => {
  const daemon = await startDaemon(t);
  const [native = 'lab'] = PROVIDERS;
  const listener = await (await startSession(daemon, native)).listener();
  const refused = async (params: object) => listener.problem('conditionalAccept', params);
  const data = { text: 'x' };
  const validation = '/problems/validation';
  assert.equal((await refused({ condition: 'CF_ACCEPT', disconnectData: data })).type, validation);
  assert.equal((await refused({ condition: 'CF_DEFER', disconnectData: data })).type, validation);
  assert.equal((await refused({ condition: 'CF_REJECT', calleeData: data })).type, validation);
  const unsupported = await refused({ condition: 'CF_ACCEPT', calleeData: data });
  assert.equal(unsupported.name, 'WSAEOPNOTSUPP');
  const noData = await refused({ condition: 'CF_REJECT', disconnectData: data });
  assert.deepEqual([noData.name, noData.capability], ['WSAENOPROTOOPT', 'disconnectData']);
});
