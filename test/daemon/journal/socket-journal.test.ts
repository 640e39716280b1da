import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CaptureBound } from '../../../src/daemon/journal/captured-payload.js';
import { EventLog } from '../../../src/daemon/journal/event-log.js';
import type { JournalEntry } from '../../../src/daemon/journal/journal-entry.js';
import { SessionJournal } from '../../../src/daemon/journal/session-journal.js';
import type { SocketJournal } from '../../../src/daemon/journal/socket-journal.js';
import { unlimitedJournalAccount } from './unlimited-journal-account.js';

const setup = (journalEntries: number) => {
  const events = new EventLog(100, 1);
  const session = new SessionJournal({
    owner: 'alice',
    sessionId: 'ses_1',
    startedAt: 0,
    limits: { journalEntries, captureBytes: 1000, captureBytesPerSession: 1000 },
    captures: new CaptureBound(1000),
    account: unlimitedJournalAccount(),
    events,
  });
  const socket = (socketId: string): SocketJournal =>
    session.beginSocket({ socketId, version: { major: 2, minor: 2 }, provider: 'lab', family: 2, type: 1 });
  const add = (to: SocketJournal, bytes?: number): JournalEntry => {
    const data = bytes === undefined ? undefined : Buffer.alloc(bytes);
    const entry: Partial<JournalEntry> = { bytes: 1, keptIn: 0, socketId: to.of.socketId, data };
    session.add(entry as JournalEntry, to); // the journals use only these members
    return entry as JournalEntry;
  };
  return { events, session, socket, add };
};

test('payload is dropped with its entry: no event keeps it, and it no longer counts', () => {
  const { socket, add } = setup(2);
  const one = socket('sck_1');
  const entries = [3, 5, 7].map((bytes) => add(one, bytes));
  assert.deepEqual(
    entries.map(({ data }) => data?.length),
    [undefined, 5, 7],
  );
  assert.deepEqual([one.captures.bytes, one.captures.dropped], [12, 0]);
});

test('payload of a call that is recorded after its journal was dropped is not kept', () => {
  const gone: ((session: SessionJournal) => unknown)[] = [
    (session) => session.forgetSockets(),
    (session) => session.forget(),
  ];
  for (const forget of gone) {
    const { events, session, socket, add } = setup(4);
    const one = socket('sck_1');
    session.socketEnded(one, 'closed', 0);
    forget(session);
    const lengths: (number | undefined)[] = [];
    events.follow('alice', {
      onEvent: ({ body }) => lengths.push(body.kind === 'operation' ? body.entry.data?.length : -1),
      onCompleted: () => undefined,
      onEnd: () => undefined,
    });
    assert.equal(add(one, 9).data, undefined);
    assert.deepEqual(lengths, [undefined], 'its event has no payload either');
    assert.equal(one.captures.bytes, 0);
  }
});

test('calls on the id of an ended socket do not grow a full journal', () => {
  const { session, socket, add } = setup(3);
  const one = socket('sck_1');
  for (let i = 0; i < 3; i++) add(one);
  session.socketEnded(one, 'closed', 0);
  for (let i = 0; i < 5; i++) add(one);
  assert.equal(session.endedSocket('sck_1'), one);
  assert.deepEqual([session.entryCount, session.forgottenSockets], [6, 0]);
});

test('calls on the id of an ended socket fill its journal, and the oldest ended journals are dropped', () => {
  const { session, socket, add } = setup(4);
  const [one, two] = [socket('sck_1'), socket('sck_2')];
  for (const journal of [one, two]) {
    for (let i = 0; i < 2; i++) add(journal);
    session.socketEnded(journal, 'closed', 0);
  }
  assert.equal(session.endedSocket('sck_1'), one, 'both fit exactly');
  add(two);
  assert.deepEqual([session.endedSocket('sck_1'), session.endedSocket('sck_2')], [undefined, two]);
  assert.deepEqual([session.entryCount, session.forgottenSockets], [4 + 3, 1]);
});

test('an answer that was not delivered is reported for both sockets that the call concerns', () => {
  const { events, session } = setup(3);
  const entry: Partial<JournalEntry> = { sequence: 7, socketId: 'sck_listener', createdSocketId: 'sck_new' };
  session.undelivered(entry as JournalEntry); // the journal uses only these members
  assert.equal(entry.undelivered, true);
  const { socketId, otherSocketId, body } = events.after('alice', 1, 10).events[0] ?? assert.fail('no event');
  assert.deepEqual([socketId, otherSocketId], ['sck_listener', 'sck_new']);
  assert.deepEqual(body, { kind: 'undelivered', sequence: 7 });
});
