/** Calls that must not begin before an instant. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Reply } from '../../../src/operations/dispatch/reply.js';
import { labDaemon } from '../lab-daemon.js';

const address = { family: 'AF_INET', address: '127.0.0.1', port: 80 };

const codeOf = ({ answer }: Reply): unknown =>
  answer.ok ? 'ok' : 'refusal' in answer ? answer.refusal : answer.code;

const opened = async (options: Parameters<typeof labDaemon>[0] = {}, version = '2.2') => {
  const made = labDaemon(options);
  const { sessionId } = await made.value('startup', { version });
  const { socketId } = await made.value('socket', { sessionId, family: 'AF_INET' });
  const session = made.daemon.sessions.findOfAnyOwner(String(sessionId));
  assert.ok(session);
  return { ...made, session, sessionId, socketId };
};

/** Lets everything end that can end now. */
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
};

test('a call begins at its instant, not before, and says how late it is', async () => {
  const { clock, reply, value, socketId } = await opened();
  let isOver = false;
  const held = reply('bind', { socketId, address }, { notBefore: clock.now() + 500 }).finally(() => {
    isOver = true;
  });
  clock.advance(499.5);
  await settled();
  assert.equal(isOver, false);
  assert.equal((await value('getSocket', { socketId })).state, 'fresh');
  clock.advance(0.75);
  const made = await held;
  made.settle(true);
  assert.deepEqual([codeOf(made), made.timing], ['ok', { native: 0, wait: 500.25, late: 0.25 }]);
  const { entries } = await value('getSocketJournal', { socketId });
  assert.ok(Array.isArray(entries));
  const [, bind] = entries;
  assert.deepEqual([bind.operation, bind.nativeUs, bind.waitUs], ['bind', 0, 500_250]);
  assert.deepEqual([bind.stateBefore, bind.stateAfter], ['fresh', 'bound']);
});

test('calls of one instant begin in the order of their requests', async () => {
  const { clock, reply, value, socketId, sessionId } = await opened();
  const { socketId: listener } = await value('socket', { sessionId, family: 'AF_INET' });
  await value('bind', { socketId: listener, address });
  await value('listen', { socketId: listener });
  await value('connect', { socketId, address });
  const { socketId: peer } = await value('accept', { socketId: listener });
  const held: Promise<Reply>[] = [];
  for (const text of ['a', 'b', 'c', 'd']) {
    held.push(reply('send', { socketId, data: { text } }, { notBefore: 100.5 }));
    clock.advance(0.7);
  }
  clock.advance(100);
  for (const made of await Promise.all(held)) made.settle(true);
  const { data } = await value('recv', { socketId: peer, maxBytes: 10 });
  assert.ok(typeof data === 'object' && data !== null && 'base64' in data);
  assert.equal(data.base64, Buffer.from('abcd').toString('base64'));
});

test('a call ends that finds its socket or session ended at the same instant', async () => {
  const { clock, session, reply, value, socketId } = await opened();
  await value('bind', { socketId, address });
  const held = [
    reply('close', { socketId }, { notBefore: 100 }),
    reply('listen', { socketId }, { notBefore: 100 }),
    reply('close', { socketId }, { notBefore: 100 }),
    reply('endSession', { sessionId: session.id }, { notBefore: 200 }),
    reply('socket', { sessionId: session.id, family: 'AF_INET' }, { notBefore: 200 }),
  ];
  clock.advance(100);
  await settled();
  clock.advance(100);
  const made = await Promise.all(held);
  for (const one of made) one.settle(true);
  assert.deepEqual(made.map(codeOf), ['ok', 10004, 'ok', 'ok', 995]);
  assert.equal(session.calls.size, 0);
});

test('an instant of the past: the call begins at once', async () => {
  const { clock, reply, socketId, daemon } = await opened();
  clock.advance(100);
  const made = await reply('bind', { socketId, address }, { notBefore: 40 });
  made.settle(true);
  assert.deepEqual(made.timing, { native: 0, wait: 0, late: 60 });
  assert.equal(daemon.waiting.of('alice'), 0);
});

test('timeoutMs and the wait limit count from the instant', async () => {
  const { clock, daemon, reply, value, socketId } = await opened();
  await value('bind', { socketId, address });
  await value('listen', { socketId });
  const cap = daemon.limits.waitSeconds * 1000;
  for (const [params, ms, code] of [
    [{ timeoutMs: 100 }, 100, 10060],
    [{}, cap, 'wait-limit'],
  ] as const) {
    let reached: unknown;
    const notBefore = clock.now() + cap;
    const held = reply('accept', { socketId, ...params }, { notBefore }).then((made) => {
      made.settle(true);
      reached = codeOf(made);
    });
    clock.advance(cap);
    await settled();
    clock.advance(ms - 1);
    await settled();
    assert.equal(reached, undefined);
    clock.advance(1);
    await held;
    assert.equal(reached, code);
  }
});

test('parameters are checked before the wait', async () => {
  const { clock, reply, socketId } = await opened();
  const made = await reply('bind', { socketId }, { notBefore: clock.now() + 500 });
  assert.deepEqual([codeOf(made), clock.now()], ['validation', 0]);
});

type Ids = Readonly<Record<'sessionId' | 'socketId', unknown>>;

// biome-ignore format: one way a line
const ENDS: readonly [string, (ids: Ids) => Record<string, unknown>, unknown][] = [
  ['cancel', ({ socketId }) => ({ socketId }), 995],
  ['close', ({ socketId }) => ({ socketId }), 10004],
  ['shutdown', ({ socketId }) => ({ socketId, how: 'SD_RECEIVE' }), 10058],
  ['cleanup', ({ sessionId }) => ({ sessionId }), 995],
  ['endSession', ({ sessionId }) => ({ sessionId }), 995],
];

for (const [operation, paramsOf, code] of ENDS) {
  test(`${operation} ends the wait for an instant`, async () => {
    const { clock, reply, value, sessionId, socketId } = await opened();
    const { socketId: listener } = await value('socket', { sessionId, family: 'AF_INET' });
    await value('bind', { socketId: listener, address });
    await value('listen', { socketId: listener });
    await value('connect', { socketId, address });
    const held = reply('recv', { socketId }, { notBefore: clock.now() + 500 });
    await value(operation, paramsOf({ sessionId, socketId }));
    const ended = await held;
    ended.settle(true);
    assert.equal(codeOf(ended), code);
    assert.deepEqual([ended.timing.late, clock.now()], [undefined, 0]);
  });
}

test('a drain ends it, also for a call without a session', async () => {
  const { clock, daemon, reply, socketId } = await opened();
  const held = [
    reply('bind', { socketId, address }, { notBefore: clock.now() + 500 }),
    reply('startup', {}, { notBefore: clock.now() + 500 }),
  ];
  await settled();
  const drained = daemon.drain(0);
  for (const made of await Promise.all(held)) {
    made.settle(true);
    assert.equal(codeOf(made), 'draining');
  }
  clock.advance(1);
  await drained;
  assert.equal(daemon.calls.size, 0);
});

test('the client ends it', async () => {
  const { clock, session, reply, socketId } = await opened();
  let leave = (): void => assert.fail('the call does not wait');
  const onGone = (run: () => void): void => {
    leave = run;
  };
  const client = { gone: false, onGone };
  const held = reply('bind', { socketId, address }, { client, notBefore: clock.now() + 500 });
  await settled();
  assert.equal(session.calls.size, 1);
  leave();
  const made = await held;
  made.settle(false);
  assert.deepEqual([codeOf(made), session.calls.size], [995, 0]);
});

test('it counts as a waiting call of its owner', async () => {
  const { clock, reply, socketId, daemon } = await opened({ limits: { callsPerOwner: 1 } });
  const held = reply('bind', { socketId, address }, { notBefore: clock.now() + 500 });
  await settled();
  assert.equal(daemon.waiting.of('alice'), 1);
  const second = await reply('listen', { socketId }, { notBefore: clock.now() + 500 });
  assert.equal(codeOf(second), 'quota');
  clock.advance(500);
  (await held).settle(true);
  assert.equal(daemon.waiting.of('alice'), 0);
});

test('what has changed meanwhile is judged at the instant', async () => {
  const { clock, reply, value, session, sessionId, socketId } = await opened({}, '1.1');
  const { socketId: listener } = await value('socket', { sessionId, family: 'AF_INET' });
  await value('bind', { socketId: listener, address });
  await value('listen', { socketId: listener });
  const held = [
    reply('connect', { socketId, address }, { notBefore: clock.now() + 500 }),
    reply('close', { socketId }, { notBefore: clock.now() + 600 }),
    reply('close', { socketId }, { notBefore: clock.now() + 600 }),
  ];
  await settled();
  assert.equal(session.isBlocked, false, 'a call that has not begun blocks no other');
  const accept = reply('accept', { socketId: listener });
  clock.advance(500);
  const [connect] = await Promise.all(held.slice(0, 1));
  assert.ok(connect);
  assert.equal(codeOf(connect), 10036, 'the session has a blocking call by now');
  await value('cancel', { socketId: listener });
  (await accept).settle(true);
  clock.advance(100);
  const closes = await Promise.all(held.slice(1));
  for (const one of [connect, ...closes]) one.settle(true);
  assert.deepEqual(closes.map(codeOf).sort(), [10036, 'ok'], 'a close is a blocking call, too');
  assert.equal(session.calls.size, 0);
});
