import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Dispatcher } from '../../../src/operations/dispatch/dispatch.js';
import { OPERATIONS } from '../../../src/operations/list.js';
import { pumpBytes, type Source } from '../../../src/operations/pump/pump.js';
import { SocketSink, SocketSource } from '../../../src/operations/pump/socket-flow.js';
import { done, ok } from '../../../src/winsock/outcome.js';
import { labDaemon } from '../lab-daemon.js';

/** A daemon with two connected streams of the lab, and the flows of a pump on the first. */
const connected = async () => {
  const lab = labDaemon();
  const { value, daemon, clock } = lab;
  const { sessionId } = await value('startup', {});
  const open = async () => String((await value('socket', { sessionId, family: 'AF_INET' })).socketId);
  const listener = await open();
  const address = { family: 'AF_INET', address: '127.0.0.1', port: 7 };
  await value('bind', { socketId: listener, address });
  await value('listen', { socketId: listener });
  const client = await open();
  const connecting = value('connect', { socketId: client, address });
  const accepted = String((await value('accept', { socketId: listener })).socketId);
  await connecting;
  const { dispatch } = new Dispatcher(daemon, OPERATIONS, { unstated: () => {}, lostHandle: () => {} });
  const pump = { name: 'a test' };
  const { rooms } = daemon;
  const parts = { dispatch, clock, rooms, owner: 'alice', requestId: 'req-1', pump };
  const socket = daemon.sockets.find(accepted);
  assert.ok(socket);
  const source = new SocketSource(socket, parts);
  const sink = new SocketSink(socket, parts);
  return { ...lab, sessionId, client, accepted, source, sink, socket };
};

const codeOf = (answer: object): unknown =>
  'refusal' in answer ? answer.refusal : 'code' in answer ? answer.code : 'ok';

test('what a socket receives goes to a sink until the end of the peer, and the journal has each receive', async () => {
  const { value, client, accepted, source } = await connected();
  assert.equal(source.hold(), undefined);
  const got: Buffer[] = [];
  const sink = { write: (bytes: Buffer) => ok(got.push(bytes)) };
  const pumping = pumpBytes(source, sink);
  await value('send', { socketId: client, data: { text: 'hello' } });
  await value('sendDisconnect', { socketId: client });
  assert.deepEqual(await pumping, done);
  assert.equal(Buffer.concat(got).toString(), 'hello');
  const { entries } = await value('getSocketJournal', { socketId: accepted });
  assert.deepEqual(
    (entries as { operation: string; bytesReceived?: number }[])
      .filter(({ operation }) => operation === 'recv')
      .map(({ bytesReceived }) => bytesReceived),
    [5, 0],
  );
});

test('while a pump holds a direction, other calls there are refused; the rest goes on', async () => {
  const { call, value, accepted, source, sink } = await connected();
  assert.equal(source.hold(), undefined);
  assert.equal(codeOf((await call('recv', { socketId: accepted })).answer), 'in-use');
  assert.equal(codeOf((await call('send', { socketId: accepted, data: { text: 'x' } })).answer), 'ok');
  assert.equal(sink.hold(), undefined);
  assert.equal(codeOf((await call('send', { socketId: accepted, data: { text: 'x' } })).answer), 'in-use');
  await value('getSockName', { socketId: accepted });
  source.end();
  sink.end();
  assert.equal(codeOf((await call('send', { socketId: accepted, data: { text: 'x' } })).answer), 'ok');
});

test('a direction in which a call waits cannot be held', async () => {
  const { reply, value, client, accepted, source } = await connected();
  const waiting = reply('recv', { socketId: accepted });
  await Promise.resolve();
  const { refusal, detail } = source.hold() ?? assert.fail();
  assert.deepEqual(
    [refusal, detail],
    ['in-use', 'This direction of the socket belongs to a call until that ends.'],
  );
  await value('send', { socketId: client, data: { text: 'x' } });
  (await waiting).settle(true);
  assert.equal(source.hold(), undefined);
});

test('a pump waits on a socket in non-blocking mode too, for as long as it takes, until it ends', async () => {
  const { value, accepted, source, clock } = await connected();
  await value('ioctl', { socketId: accepted, request: 'FIONBIO', value: 1 });
  assert.equal(source.hold(), undefined);
  const reading = Promise.resolve(source.read());
  let isOver = false;
  void reading.then(() => {
    isOver = true;
  });
  await clock.advance(3_600_000);
  await new Promise(setImmediate);
  assert.equal(isOver, false);
  source.end();
  assert.equal(codeOf(await reading), 995);
});

test('bytes that a sink has not taken go back to the socket', async () => {
  const { value, client, accepted, source } = await connected();
  assert.equal(source.hold(), undefined);
  await value('send', { socketId: client, data: { text: 'hello' } });
  const failure = { ok: false, code: 10054, call: 'WSASend' } as const;
  assert.equal(await pumpBytes(source, { write: () => failure }), failure);
  source.end();
  const { data } = await value('recv', { socketId: accepted, as: 'text' });
  assert.equal((data as { text: string }).text, 'hello');
});

test('bytes of a sink with a bug go back to the socket, whose lane is free', async () => {
  const { value, client, accepted, source } = await connected();
  assert.equal(source.hold(), undefined);
  await value('send', { socketId: client, data: { text: 'hello' } });
  const bug = new Error('a bug');
  const sink = { write: () => Promise.reject(bug) };
  await assert.rejects(pumpBytes(source, sink), bug);
  source.end();
  const { data } = await value('recv', { socketId: accepted, as: 'text' });
  assert.equal((data as { text: string }).text, 'hello');
});

test('without room for its bytes a source makes no call; it looks for room every second, and for its end', async () => {
  const { value, client, accepted, source, account, clock, daemon, socket } = await connected();
  const recvs = async () => {
    const { entries } = await value('getSocketJournal', { socketId: accepted });
    return (entries as { operation: string }[]).filter(({ operation }) => operation === 'recv').length;
  };
  const seconds = async (count: number) => {
    for (let n = 0; n < count; n++) {
      clock.advance(1000);
      await new Promise(setImmediate);
    }
  };
  assert.equal(source.hold(), undefined);
  await value('send', { socketId: client, data: { text: 'hello' } });
  const filled = daemon.limits.bytesPerOwner - account.used;
  account.count(filled);
  const reading = source.read();
  await seconds(10);
  assert.equal(await recvs(), 0);
  account.release(filled);
  await seconds(1);
  const got = await reading;
  assert.ok(got.ok);
  assert.equal(got.value.bytes.toString(), 'hello');
  // What goes back has its room.
  got.value.settle(false);
  account.count(filled);
  const again = await source.read();
  assert.ok(again.ok);
  assert.equal(again.value.bytes.toString(), 'hello');
  again.value.settle(true);
  assert.equal(await recvs(), 2);
  const ended = source.read();
  daemon.sockets.end(socket, 'closed');
  await seconds(2);
  assert.equal(codeOf(await ended), 10038);
  account.release(filled);
});

test('faults hit the calls of a pump: a sink sends what a short send has left, and counts each', async () => {
  const { value, sessionId, client, accepted, sink } = await connected();
  const sent: number[] = [];
  sink.onSent = (bytes) => sent.push(bytes);
  assert.equal(sink.hold(), undefined);
  await value('armFault', { sessionId, socketId: accepted, operation: 'send', effect: 'slice', bytes: 2 });
  const { faultId } = await value('armFault', {
    sessionId,
    socketId: accepted,
    ...{ operation: 'send', nth: 4, effect: 'fail', code: 'WSAENETDOWN' },
  });
  let pieces = 2;
  const source: Source = {
    read: () => ok({ bytes: Buffer.from('hello'), eof: pieces-- === 0, settle: () => {} }),
  };
  assert.equal(codeOf(await pumpBytes(source, sink)), 10050);
  assert.deepEqual(sent, [2, 2, 1]);
  const { hits } = await value('getFault', { sessionId, faultId });
  assert.equal(hits, 1);
  const { data } = await value('recv', { socketId: client, as: 'text' });
  assert.equal((data as { text: string }).text, 'hello');
});

test('a pump that leaves the lease does not keep the session alive', async () => {
  const { daemon, clock, value, sessionId, socket } = await connected();
  const { dispatch } = new Dispatcher(daemon, OPERATIONS, { unstated: () => {}, lostHandle: () => {} });
  const pump = { name: 'a test', leavesLease: true } as const;
  const { rooms } = daemon;
  const parts = { dispatch, clock, rooms, owner: 'alice', requestId: 'req-1', pump };
  const source = new SocketSource(socket, parts);
  assert.equal(source.hold(), undefined);
  const reading = Promise.resolve(source.read());
  const { leaseSeconds } = await value('getSession', { sessionId });
  await clock.advance((Number(leaseSeconds) + 1) * 1000);
  assert.equal(daemon.sessions.find('alice', sessionId as string).ok, false);
  assert.equal((await reading).ok, false);
});

test('a flow that has ended makes no more calls: what a send had left is not sent, and nothing is received', async () => {
  const { value, sessionId, client, accepted, source, sink } = await connected();
  assert.equal(source.hold() ?? sink.hold(), undefined);
  await value('armFault', {
    sessionId,
    socketId: accepted,
    ...{ operation: 'send', effect: 'slice', bytes: 2 },
  });
  const sending = Promise.resolve(sink.write(Buffer.from('hello')));
  sink.end();
  assert.equal(codeOf(await sending), 995);
  const { data } = await value('recv', { socketId: client, as: 'text' });
  assert.equal((data as { text: string }).text, 'he');
  await value('send', { socketId: client, data: { text: 'stays' } });
  source.end();
  assert.equal(codeOf(await source.read()), 995);
});

test('a source whose peer always has bytes ready lets the event loop turn between two receives', async () => {
  const { value, client, source } = await connected();
  assert.equal(source.hold(), undefined);
  let turns = 0;
  let writes = 0;
  const sink = {
    write: async () => {
      assert.ok(++writes < 1000, 'the event loop does not turn');
      await value('send', { socketId: client, data: { text: 'x' } });
      if (turns > 2) source.end();
      return ok(undefined);
    },
  };
  await value('send', { socketId: client, data: { text: 'x' } });
  const turn = (): void => {
    turns++;
    if (!source.isEnded) setImmediate(turn);
  };
  setImmediate(turn);
  assert.equal(codeOf(await pumpBytes(source, sink)), 995);
});

test('many short sends leave the event loop its turns', async () => {
  const { value, sessionId, accepted, sink } = await connected();
  assert.equal(sink.hold(), undefined);
  await value('armFault', { sessionId, socketId: accepted, operation: 'send', effect: 'slice', bytes: 1 });
  let turns = 0;
  let isOver = false;
  const count = (): void => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  await sink.write(Buffer.alloc(100));
  isOver = true;
  assert.ok(turns >= 90, `${turns} turns`);
});
