import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Ids } from '../../../src/daemon/ids/ids.js';
import { ConnectAttempt } from '../../../src/daemon/sockets/connect-attempt.js';
import { Socket, type SocketParts } from '../../../src/daemon/sockets/socket.js';
import { UnderlyingSocket } from '../../../src/daemon/sockets/underlying-socket.js';
import type { Handle, Provider } from '../../../src/providers/provider.js';
import { NETWORK_EVENTS } from '../../../src/winsock/constants.js';
import { ok } from '../../../src/winsock/outcome.js';
import { codeOf, failure, Lab, value } from '../../providers/lab/support.js';
import { testCall } from '../calls/test-call.js';
import { unlimitedAccount } from '../memory/unlimited-account.js';
import { FAKE_SESSION } from '../sessions/fake-session.js';

const RESET = codeOf('WSAECONNRESET');
const REFUSED = codeOf('WSAECONNREFUSED');

/** An id of a socket, with the parts that these tests use. */
const idOf = (lab: Lab, underlying: UnderlyingSocket, handle: Handle, provider: Provider = lab.provider) => {
  const parts: Partial<SocketParts> = {
    ...{ session: FAKE_SESSION, providerSession: FAKE_SESSION, entry: lab.entry('lab tp4') },
    ...{ provider, handle, underlying },
  };
  return new Socket(new Ids(0).socket(), 1, new Date(0), parts as SocketParts);
};

/** One socket with two ids. */
const twoIds = (lab: Lab, handle: Handle, state: 'fresh' | 'connected') => {
  const underlying = new UnderlyingSocket(true, state, unlimitedAccount());
  const first = idOf(lab, underlying, handle);
  const second = idOf(lab, underlying, value(lab.provider.duplicate(handle)));
  return { underlying, first, second };
};

/** Two ids of a connected socket, each with a call that sends, one that receives and one that does both. */
const withCalls = (t: TestContext) => {
  const lab = new Lab(t);
  const { client, server } = lab.connected();
  const { underlying, first, second } = twoIds(lab, client, 'connected');
  const calls = [first, second].flatMap((id) =>
    (['send', 'recv', undefined] as const).map((direction) => {
      const call = testCall();
      id.calls.enter(call, direction);
      return { id, call };
    }),
  );
  const endings = () => calls.map(({ call }) => call.ended);
  return { lab, server, underlying, first, second, calls, endings };
};

test('a code that means a lost connection resets a connected stream, and nothing else', () => {
  for (const [isStream, code, after] of [
    [true, RESET, 'reset'],
    [true, codeOf('WSAETIMEDOUT'), 'reset'],
    [true, codeOf('WSAEWOULDBLOCK'), 'connected'],
    [false, RESET, 'connected'],
  ] as const) {
    const socket = new UnderlyingSocket(isStream, 'connected', unlimitedAccount());
    socket.noteFailure(code);
    assert.equal(socket.state, after, `${code} of a ${isStream ? 'stream' : 'datagram socket'}`);
  }
  const fresh = new UnderlyingSocket(true, 'fresh', unlimitedAccount());
  fresh.noteFailure(RESET);
  assert.equal(fresh.state, 'fresh');
});

test('the value of SO_ERROR does not change the state of a connection', (t) => {
  const lab = new Lab(t);
  const provider: Partial<Provider> = { name: 'lab', getSockOpt: () => ok(RESET) };
  for (const isStream of [true, false]) {
    const underlying = new UnderlyingSocket(isStream, 'connected', unlimitedAccount());
    // A provider that answers this one call.
    const socket = idOf(lab, underlying, lab.socket(), provider as Provider);
    assert.equal(value(socket.getOption('SO_ERROR')), RESET);
    assert.equal(socket.state, 'connected');
  }
});

test('SO_ERROR has the code of a failed non-blocking connect until a connect succeeds', () => {
  const socket = new UnderlyingSocket(true, 'fresh', unlimitedAccount());
  socket.connectEnded(REFUSED, true);
  assert.equal(socket.error, 0);
  socket.connectEnded(REFUSED, false);
  assert.equal(socket.error, REFUSED);
  socket.connectEnded(codeOf('WSAETIMEDOUT'), true);
  assert.equal(socket.error, REFUSED, 'a blocking connect leaves it unchanged');
  socket.connected();
  assert.equal(socket.error, undefined);
});

test('a connect continues on the other id when its own is released, and ends with the last one', (t) => {
  for (const released of [1, 2]) {
    const lab = new Lab(t);
    const { at } = lab.listener();
    const { underlying, first, second } = twoIds(lab, lab.dial(at), 'fresh');
    const attempt = new ConnectAttempt(at, true);
    underlying.connectBegan(attempt, first);
    const [isLast, ...rest] = [first, second].slice(0, released).map((id) => {
      const last = underlying.release(id);
      value(id.use((provider, s) => provider.close(s)));
      return last;
    });
    lab.clock.settle();
    assert.equal(isLast, false);
    assert.deepEqual(rest, released === 2 ? [true] : []);
    assert.equal(attempt.isSettled, released === 1);
    assert.equal(underlying.state, released === 1 ? 'connected' : 'connecting');
  }
});

test('a selection moves to the other id when its own is released, and ends with the last one', (t) => {
  const lab = new Lab(t);
  const { client, server } = lab.connected();
  const { underlying, first, second } = twoIds(lab, client, 'connected');
  value(first.selectEvents(NETWORK_EVENTS.FD_READ));
  const { selection } = underlying;
  assert.ok(selection);
  underlying.release(first);
  value(first.use((provider, s) => provider.close(s)));
  assert.equal(selection.socket, second);
  let woken = 0;
  value(selection.subscribe(() => woken++));
  lab.send(server, 'x');
  lab.clock.settle();
  assert.ok(woken > 0, 'it watches the other handle');
  assert.equal(value(selection.take()).events, NETWORK_EVENTS.FD_READ);
  const before = woken;
  underlying.release(second);
  assert.equal(underlying.selection, undefined);
  assert.equal(woken, before + 1, 'the end wakes those that wait');
});

test('a reset ends the calls of all ids, and closes their handles when the calls have ended', async (t) => {
  const { lab, server, underlying, first, second, calls, endings } = withCalls(t);
  underlying.reset('flt_1');
  assert.deepEqual([underlying.state, underlying.resetBy], ['reset', 'flt_1']);
  assert.deepEqual(endings(), Array(6).fill('reset'));
  assert.ok(calls.every(({ call }) => call.faults.resetBy === 'flt_1'));
  lab.clock.settle();
  failure(lab.provider.recv(server, new Uint8Array(8), 0), 'WSAEWOULDBLOCK');
  for (const { id, call } of calls) id.calls.leave(call);
  await new Promise(setImmediate);
  lab.clock.settle();
  failure(lab.provider.recv(server, new Uint8Array(8), 0), 'WSAECONNRESET');
  for (const id of [first, second]) {
    failure(
      id.use((provider, s) => provider.getSockName(s)),
      'WSAECONNRESET',
    );
  }
});

for (const [how, ended] of [
  ['SD_SEND', ['shutdown', undefined, undefined]],
  ['SD_RECEIVE', [undefined, 'shutdown', undefined]],
  ['SD_BOTH', ['shutdown', 'shutdown', undefined]],
] as const) {
  test(`${how} ends the calls that wait in that direction, on every id, and no others`, (t) => {
    const { underlying, endings } = withCalls(t);
    let changes = 0;
    underlying.changes.subscribe(() => changes++);
    underlying.wasShutDown(how);
    assert.deepEqual(endings(), [...ended, ...ended]);
    assert.equal(underlying.sendShutdown, how !== 'SD_RECEIVE');
    assert.equal(underlying.receiveShutdown, how !== 'SD_SEND');
    assert.equal(changes, 1);
  });
}
