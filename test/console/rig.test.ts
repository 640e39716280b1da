/** What the page knows of a rig: made from looks, kept up to date by events, and bounded. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MOST_CALLS, Rig } from '../../src/console/model/rig.js';
import type { Entry, SocketInfo } from '../../src/console/model/types.js';
import { SESSION } from './known-session.js';

const socketOf = (socketId: string, state: SocketInfo['state'] = 'fresh'): SocketInfo => ({
  socketId,
  sessionId: SESSION.sessionId,
  provider: 'lab',
  catalogEntryId: 1,
  family: 'AF_INET',
  type: 'SOCK_STREAM',
  protocol: 6,
  state,
  sendShutdown: false,
  receiveShutdown: false,
  peerClosed: false,
  nonBlocking: false,
  createdAt: '2026-01-01T00:00:00.000Z',
});

const entryOf = (sequence: number, more: Partial<Entry> = {}): Entry => ({
  sequence,
  at: sequence * 1000,
  time: '2026-01-01T00:00:30.000Z',
  operation: 'send',
  requestId: `req-${sequence}`,
  outcome: 'ok',
  nativeUs: 10,
  waitUs: 0,
  ...more,
});

/** A rig with one session whose journal has been read. */
const rigWithSession = (): Rig => {
  const rig = new Rig();
  rig.setClock({ wall: '2026-01-01T00:00:00.000Z', monotonicMs: 5000 });
  rig.seeSession(SESSION);
  rig.seeJournal(SESSION.sessionId, 5_000_000, []);
  rig.endOfJournal(SESSION.sessionId);
  return rig;
};

const call = (rig: Rig, sequence: number, more: Partial<Entry> = {}): void => {
  rig.apply('operation', { sessionId: SESSION.sessionId, ...entryOf(sequence, more) });
};

test('calls have the instant of the wall clock, whatever the clock of the journal is', () => {
  const rig = rigWithSession();
  call(rig, 1);
  assert.equal(rig.calls[0]?.endMs, Date.parse('2026-01-01T00:00:00.000Z') + 1);
});

test('calls that end while the journal is read are taken once, behind it', () => {
  const rig = new Rig();
  rig.seeSession(SESSION);
  call(rig, 3);
  call(rig, 2);
  assert.equal(rig.calls.length, 0);
  rig.seeJournal(SESSION.sessionId, 0, [entryOf(1), entryOf(2)]);
  rig.endOfJournal(SESSION.sessionId);
  call(rig, 3);
  call(rig, 4);
  assert.deepEqual(
    rig.calls.map(({ entry }) => entry.sequence),
    [1, 2, 3, 4],
  );
});

test('calls that end between two pages of a journal wait for its end', () => {
  const rig = rigWithSession();
  rig.beginJournal(SESSION.sessionId);
  rig.seeJournal(SESSION.sessionId, 0, [entryOf(1)]);
  call(rig, 3);
  rig.seeJournal(SESSION.sessionId, 0, [entryOf(2)]);
  rig.endOfJournal(SESSION.sessionId);
  call(rig, 4);
  assert.deepEqual(
    rig.calls.map(({ entry }) => entry.sequence),
    [1, 2, 3, 4],
  );
});

test('bytes and the last error of a socket are counted from its calls, also before it was looked at', () => {
  const rig = rigWithSession();
  call(rig, 1, { socketId: 'sck_1', bytesSent: 5 });
  call(rig, 2, { socketId: 'sck_1', operation: 'recv', bytesReceived: 7 });
  call(rig, 3, { socketId: 'sck_1', outcome: 'failed', code: 10058, name: 'WSAESHUTDOWN' });
  call(rig, 4, { socketId: 'sck_1', bytesSent: 1 });
  rig.seeSocket(socketOf('sck_1'));
  assert.deepEqual(rig.tallyOf('sck_1'), { bytesSent: 6, bytesReceived: 7, lastError: 'WSAESHUTDOWN' });
});

test('an event says what to look at, and each is looked at once', () => {
  const rig = rigWithSession();
  rig.takeToLookAt();
  call(rig, 1, { socketId: 'sck_1', createdSocketId: 'sck_2' });
  call(rig, 2, { socketId: 'sck_1' });
  rig.apply('session', { sessionId: 'ses_2', change: 'began' });
  assert.equal(rig.hasToLookAt, true);
  const { sessions, sockets } = rig.takeToLookAt();
  assert.deepEqual([[...sessions], [...sockets]], [['ses_2'], ['sck_1', 'sck_2']]);
  assert.equal(rig.hasToLookAt, false);
});

test('a call restarts the lease of its session', () => {
  const rig = rigWithSession();
  call(rig, 1);
  assert.equal(
    rig.sessions.get(SESSION.sessionId)?.leaseEndsMs,
    Date.parse('2026-01-01T00:00:30.000Z') + 60_000,
  );
});

test('a session that ended before the page looked at it has ended, whatever a late look shows', () => {
  const rig = new Rig();
  assert.equal(rig.endOf(SESSION.sessionId), undefined);
  rig.apply('session', { sessionId: SESSION.sessionId, change: 'ended', reason: 'closed' });
  assert.equal(rig.endOf(SESSION.sessionId), 'closed');
  rig.seeSession(SESSION);
  assert.equal(rig.sessions.size, 0);
  for (let i = 0; i < 600; i++) rig.apply('session', { sessionId: `ses_${i}`, change: 'ended' });
  assert.equal(rig.endOf(SESSION.sessionId), undefined, 'the oldest is forgotten');
});

test('a session that ended closes its sockets; one that is not listed any more has ended', () => {
  const rig = rigWithSession();
  rig.seeSocket(socketOf('sck_1', 'connected'));
  rig.apply('session', { sessionId: SESSION.sessionId, change: 'ended', reason: 'lease-expired' });
  assert.equal(rig.sessions.get(SESSION.sessionId)?.ended, 'lease-expired');
  assert.equal(rig.sockets.get('sck_1')?.state, 'closed');

  const other = rigWithSession();
  other.seeSessions([], new Set([SESSION.sessionId]));
  assert.notEqual(other.sessions.get(SESSION.sessionId)?.ended, undefined);
  other.seeSessions([SESSION], new Set());
  assert.equal(other.sessions.get(SESSION.sessionId)?.ended, undefined, 'it is listed again');
  other.seeSessions([], new Set());
  assert.equal(other.sessions.get(SESSION.sessionId)?.ended, undefined, 'it began after the list was made');
});

test('an answer that was not delivered is marked', () => {
  const rig = rigWithSession();
  call(rig, 1);
  call(rig, 2);
  rig.apply('undelivered', { sessionId: SESSION.sessionId, sequence: 1 });
  assert.deepEqual(
    rig.calls.map(({ entry }) => entry.undelivered),
    [true, undefined],
  );
});

test('calls, closed sockets and ended sessions are bounded', () => {
  const rig = rigWithSession();
  for (let i = 1; i <= MOST_CALLS + 1; i++) call(rig, i, { socketId: 'sck_1' });
  assert.ok(rig.calls.length <= MOST_CALLS);
  assert.equal(rig.droppedCalls + rig.calls.length, MOST_CALLS + 1);
  for (let i = 0; i < 2000; i++) {
    rig.seeSocket(socketOf(`sck_${i}`));
    rig.apply('state', { sessionId: SESSION.sessionId, socketId: `sck_${i}`, from: 'fresh', to: 'closed' });
    rig.seeSession({ ...SESSION, sessionId: `ses_${i + 10}` });
    rig.apply('session', { sessionId: `ses_${i + 10}`, change: 'ended' });
  }
  assert.ok(
    rig.sockets.size <= 1000 && rig.sessions.size <= 1001,
    `${rig.sockets.size} ${rig.sessions.size}`,
  );
  assert.equal(rig.sessions.get(SESSION.sessionId)?.ended, undefined, 'a live session stays');
});

test('the calls of some sockets come with those of their sessions that name no socket', () => {
  const rig = rigWithSession();
  rig.seeSocket(socketOf('sck_1'));
  call(rig, 1, { socketId: 'sck_1' });
  call(rig, 2, { socketId: 'sck_2' });
  call(rig, 3, { operation: 'setLabLink', parameters: { latencyMs: 5 } });
  call(rig, 4, { socketId: 'sck_2', createdSocketId: 'sck_1' });
  // These only read: views of the page make them.
  call(rig, 5, { operation: 'enumProtocols', parameters: {} });
  call(rig, 6, { operation: 'setLabLink', parameters: {} });
  assert.deepEqual(
    rig.callsOf(new Set(['sck_1'])).map(({ entry }) => entry.sequence),
    [1, 3, 4],
  );
});

test('what the calls of a socket come to is kept as long as the socket or one of its calls', () => {
  const rig = rigWithSession();
  rig.seeSocket(socketOf('sck_known'));
  call(rig, 1, { socketId: 'sck_known', bytesSent: 5 });
  call(rig, 2, { socketId: 'sck_never_seen', bytesSent: 5 });
  for (let i = 3; i <= MOST_CALLS; i++) call(rig, i);
  assert.equal(rig.tallyOf('sck_never_seen').bytesSent, 5);
  call(rig, MOST_CALLS + 1);
  assert.equal(rig.tallyOf('sck_never_seen').bytesSent, 0);
  assert.equal(rig.tallyOf('sck_known').bytesSent, 5);
});

test('a look that shows nothing new leaves the socket the same object, which views need not draw again', () => {
  const rig = rigWithSession();
  rig.seeSocket(socketOf('sck_1'));
  const seen = rig.sockets.get('sck_1');
  rig.seeSocket(socketOf('sck_1'));
  assert.equal(rig.sockets.get('sck_1'), seen);
  rig.seeSocket(socketOf('sck_1', 'bound'));
  assert.equal(rig.sockets.get('sck_1')?.state, 'bound');
  rig.seeGone('sck_1');
  const gone = rig.sockets.get('sck_1');
  rig.seeGone('sck_1');
  assert.equal(rig.sockets.get('sck_1'), gone);
});
