import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CaptureBound } from '../../../src/daemon/journal/captured-payload.js';
import { EndedJournals } from '../../../src/daemon/journal/ended-journals.js';
import { EventLog } from '../../../src/daemon/journal/event-log.js';
import type { JournalEntry } from '../../../src/daemon/journal/journal-entry.js';
import { SessionJournal } from '../../../src/daemon/journal/session-journal.js';
import { unlimitedJournalAccount } from './unlimited-journal-account.js';

/** The journal of a session with one ended socket: half of its entries are the session's own. */
const journalOf = (sessionId: string, weight: number): SessionJournal => {
  const journal = new SessionJournal({
    owner: 'alice',
    sessionId,
    startedAt: 0,
    limits: { journalEntries: 100, captureBytes: 0, captureBytesPerSession: 0 },
    captures: new CaptureBound(0),
    account: unlimitedJournalAccount(),
    events: new EventLog(1, 1),
  });
  const version = { major: 2, minor: 2 };
  const socket = journal.beginSocket({
    socketId: `of ${sessionId}`,
    version,
    provider: 'lab',
    family: 2,
    type: 1,
  });
  const entry: Partial<JournalEntry> = { bytes: 1, keptIn: 0, socketId: `of ${sessionId}` };
  for (let i = 0; i < weight / 2; i++) journal.add(entry as JournalEntry, socket); // only their number counts
  journal.socketEnded(socket, 'closed', 0);
  assert.equal(journal.entryCount, weight);
  return journal;
};

test('as many entries as allowed are kept, and only as many sessions are dropped as necessary', () => {
  const journals = new EndedJournals(20);
  const kept = (): string[] => ['a', 'b', 'c', 'd'].filter((id) => journals.of('alice', id) !== undefined);
  journals.add('alice', 'a', journalOf('a', 10));
  journals.add('alice', 'b', journalOf('b', 10));
  assert.deepEqual(kept(), ['a', 'b']);
  journals.add('alice', 'c', journalOf('c', 10));
  assert.deepEqual(kept(), ['b', 'c']);
  journals.add('alice', 'd', journalOf('d', 2));
  assert.deepEqual(kept(), ['c', 'd']);
});

test('the journals of one owner take no room from another', () => {
  const journals = new EndedJournals(10);
  journals.add('alice', 'a', journalOf('a', 10));
  journals.add('bob', 'b', journalOf('b', 10));
  assert.ok(journals.of('alice', 'a'));
  assert.ok(journals.of('bob', 'b'));
  assert.equal(journals.of('bob', 'a'), undefined);
});
