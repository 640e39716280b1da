import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CaptureBound } from '../../../src/daemon/journal/captured-payload.js';
import { EndedJournals } from '../../../src/daemon/journal/ended-journals.js';
import { EventLog } from '../../../src/daemon/journal/event-log.js';
import { JournalAccount } from '../../../src/daemon/journal/journal-account.js';
import type { JournalEntry } from '../../../src/daemon/journal/journal-entry.js';
import { SessionJournal } from '../../../src/daemon/journal/session-journal.js';
import type { SocketJournal } from '../../../src/daemon/journal/socket-journal.js';
import { ByteAccounts } from '../../../src/daemon/memory/byte-account.js';

/** The journals of alice, with a limit of bytes. */
const setup = (bytesPerOwner: number, shed: () => boolean = () => false) => {
  const bytes = new ByteAccounts({ bytesPerOwner, bytesTotal: bytesPerOwner }).of('alice');
  const account = new JournalAccount(bytes, shed);
  const events = new EventLog(3, 1);
  const captures = new CaptureBound(1000, undefined, account);
  const begin = (sessionId: string): SessionJournal =>
    new SessionJournal({
      owner: 'alice',
      sessionId,
      startedAt: 0,
      limits: { journalEntries: 4, captureBytes: 100, captureBytesPerSession: 300 },
      captures,
      account,
      events,
    });
  const forgetEvents = (): void => {
    for (;;) {
      const dropped = events.dropHalf('alice');
      if (dropped.length === 0) return;
      for (const { body } of dropped) account.dropEvent(body);
    }
  };
  return { bytes, account, begin, forgetEvents };
};

const entryOf = (bytes: number, data?: Buffer): JournalEntry => {
  const entry: Partial<JournalEntry> = { bytes, keptIn: 0, data };
  return entry as JournalEntry; // the journals use only these members
};

const socketOf = (journal: SessionJournal, socketId: string): SocketJournal =>
  journal.beginSocket({ socketId, version: { major: 2, minor: 2 }, provider: 'lab', family: 2, type: 1 });

test('an entry counts once, until the last of the journals and events that contain it drops it', () => {
  const { bytes, begin, forgetEvents } = setup(1 << 30);
  const session = begin('ses_1');
  const [one, two] = [socketOf(session, 'sck_1'), socketOf(session, 'sck_2')];
  const before = bytes.used;
  session.add(entryOf(10_000), one, two);
  const added = bytes.used - before;
  assert.ok(added >= 10_000 && added < 11_000, String(added));
  session.socketEnded(one, 'closed', 0);
  forgetEvents();
  assert.ok(bytes.used - before >= 9000);
  session.forget();
  assert.equal(bytes.used, 0);
});

test('all bytes are released in the end, in whichever order entries are recorded and dropped', () => {
  const step = fc.record({
    what: fc.constantFrom(
      'session',
      'socket',
      'add',
      'add',
      'add',
      'two',
      'end',
      'half',
      'sockets',
      'oldest',
      'gone',
    ),
    which: fc.nat(4),
    bytes: fc.nat(120),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
      const { bytes, begin, forgetEvents } = setup(1 << 30);
      const ended = new EndedJournals(12);
      const all: SessionJournal[] = [];
      const sockets: { of: SessionJournal; journal: SocketJournal }[] = [];
      for (const { what, which, bytes: size } of steps) {
        const session = all[which % Math.max(1, all.length)];
        const socket = sockets[which % Math.max(1, sockets.length)];
        const data = size % 2 ? Buffer.alloc(size) : undefined;
        if (what === 'session') all.push(begin(`ses_${all.length}`));
        if (what === 'oldest') ended.forgetOldest('alice');
        if (session) {
          if (what === 'socket')
            sockets.push({ of: session, journal: socketOf(session, `sck_${sockets.length}`) });
          if (what === 'half') session.dropHalf();
          if (what === 'sockets') session.forgetSockets();
          if (what === 'gone') ended.add('alice', `ses_${all.indexOf(session)}`, session);
        }
        if (socket) {
          if (what === 'add') socket.of.add(entryOf(size, data), socket.journal);
          if (what === 'two') socket.of.add(entryOf(size), socket.journal, sockets.at(-1)?.journal);
          if (what === 'end') socket.of.socketEnded(socket.journal, 'closed', 0);
        }
        assert.ok(bytes.used >= 0);
      }
      for (const session of all) session.forget();
      forgetEvents();
      assert.equal(bytes.used, 0);
    }),
  );
});

test('the oldest entries are dropped to make room for a new one; the newest megabyte always stays', () => {
  const mib = 1 << 20;
  const journals: SessionJournal[] = [];
  const { bytes, account, begin } = setup(4 * mib, () => journals.filter((one) => one.dropHalf()).length > 0);
  const session = begin('ses_1');
  journals.push(session);
  const add = () => session.add(entryOf(900_000));
  for (let i = 0; i < 20; i++) {
    add();
    assert.ok(bytes.used <= 4 * mib, String(bytes.used));
  }
  assert.ok(session.entries.dropped >= 16);
  bytes.count(4 * mib);
  add();
  add();
  assert.ok(account.bytes < 3 * mib, String(account.bytes));
  assert.ok(session.entries.length > 0);
});
