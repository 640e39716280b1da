import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call } from '../../../src/daemon/calls/call.js';
import type { DispatchObserver } from '../../../src/operations/dispatch/dispatch.js';
import type { Reply } from '../../../src/operations/dispatch/reply.js';
import { type AnyOperation, operation } from '../../../src/operations/operation.js';
import { component, emptyResult, SocketAddressSchema } from '../../../src/operations/schemas/schemas.js';
import { fail, type Outcome, ok } from '../../../src/winsock/outcome.js';
import { labDaemon } from '../lab-daemon.js';

type Probed = Outcome<Record<string, never>>;

/** An operation on a socket that answers what the test says. */
const probe = (answer: (call: Call) => Probed | Promise<Probed>): AnyOperation =>
  operation({
    name: 'probe',
    summary: 'For tests',
    description: 'For tests.',
    winsock: ['probe'],
    scope: 'socket',
    params: component('ProbeRequest', 'For tests.', { address: SocketAddressSchema }),
    result: emptyResult('ProbeResult'),
    errors: ['WSAENOTCONN'],
    effect: 'change',
    lane: 'recv',
    destination: ({ address }) => ({ kind: 'connect', address }),
    run: (_socket, _params, call) => answer(call),
  });

const setup = (op: AnyOperation) => {
  const reported: string[] = [];
  const observer: DispatchObserver = {
    unstated: (_, { code }) => reported.push(`unstated ${code}`),
    lostHandle: () => reported.push('lost handle'),
  };
  return { ...labDaemon({ operations: [op], observer }), reported };
};

const address = { family: 'AF_INET', address: '127.0.0.1', port: 80 };

const codeOf = ({ answer }: Reply): unknown =>
  answer.ok ? 'ok' : 'refusal' in answer ? answer.refusal : answer.code;

const opened = async (answer: (call: Call) => Probed | Promise<Probed>) => {
  const made = setup(probe(answer));
  const { sessionId } = await made.value('startup', {});
  const { socketId } = await made.value('socket', { sessionId, family: 'AF_INET' });
  return { ...made, sessionId, socketId };
};

test('a code that the operation does not state is passed on, and reported to the observer', async () => {
  let answer = fail('WSAENOTCONN', 'probe');
  const { call, value, reported, socketId, sessionId } = await opened(() => answer);
  assert.equal(codeOf(await call('probe', { socketId, address })), 10057);
  assert.deepEqual(reported, []);
  answer = fail('WSAEMFILE', 'probe');
  assert.equal(codeOf(await call('probe', { socketId, address })), 10024);
  assert.deepEqual(reported, ['unstated 10024']);
  answer = { ok: false, code: 11032, call: 'probe' };
  assert.equal(codeOf(await call('probe', { socketId, address })), 11032);
  assert.deepEqual(reported, ['unstated 10024', 'unstated 11032']);
  assert.deepEqual(await value('getLastError', { sessionId }), { code: 11032 });
});

test('WSAENOTSOCK from the provider for a live id is a bug of the daemon, and reported', async () => {
  const { call, reported, socketId } = await opened(() => fail('WSAENOTSOCK', 'probe'));
  const { answer } = await call('probe', { socketId, address });
  assert.ok(!answer.ok && 'bug' in answer && answer.bug);
  assert.deepEqual(reported, ['lost handle']);
});

test('ids, start-up and parameters are checked in this order', async () => {
  const { call, value, sessionId, socketId } = await opened(() => ok({}));
  assert.equal(codeOf(await call('probe', { socketId: 'sck_x' })), 10038, 'the id before the parameters');
  assert.equal(codeOf(await call('probe', { socketId })), 'validation');
  assert.equal(codeOf(await call('probe', { socketId, address })), 'ok');
  await value('cleanup', { sessionId });
  assert.equal(codeOf(await call('probe', { socketId })), 10093, 'the start-up before the parameters');
});

test('an exception of a handler leaves the lane and the socket free', async () => {
  let throws = true;
  const { daemon, call, socketId } = await opened(() => {
    if (throws) throw new Error('a bug');
    return ok({});
  });
  await assert.rejects(async () => call('probe', { socketId, address }), /a bug/);
  throws = false;
  assert.equal(codeOf(await call('probe', { socketId, address })), 'ok');
  assert.equal(daemon.sockets.find(String(socketId))?.calls.areAny, false);
});

test('the time of a wait is not counted as native time, nor the other way round', async () => {
  const { clock, call, socketId } = await opened(async (waiting) => {
    clock.advance(2);
    const wake = waiting.wait((wakes) => {
      const timer = clock.setTimeout(300, wakes);
      return { stop: () => timer.clear() };
    });
    clock.advance(300);
    assert.equal(await wake, 'ready');
    clock.advance(5);
    return ok({});
  });
  assert.deepEqual((await call('probe', { socketId, address })).timing, {
    native: 7,
    wait: 300,
    late: undefined,
  });
});

test('a draining daemon takes no new calls', async () => {
  const { daemon, call } = await opened(() => ok({}));
  await daemon.drain(1);
  assert.equal(codeOf(await call('startup', {})), 'draining');
});
