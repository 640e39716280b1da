import { journalPage, journalParams, journalResult } from './journal-schemas.js';
import { operation } from './operation.js';
import { component } from './schemas.js';

export const getSessionJournal = operation({
  name: 'getSessionJournal',
  summary: 'What happened in a session',
  description: [
    'Every Winsock call of the session and its sockets, in the order in which they ended, never with payload',
    'unless a socket captures. The oldest entries are dropped first (`limits.journalEntries`). Calls that only',
    'read what the daemon itself knows are not in it. An empty page says that there is no more yet: `nextAfter`',
    'is where to go on.',
  ].join('\n'),
  winsock: [],
  scope: 'session',
  params: component('GetSessionJournalRequest', journalParams, 'Paging.'),
  result: component('SessionJournal', journalResult, 'A page of the journal of a session.'),
  errors: [],
  effect: 'read',
  uninitialised: true,
  duringBlockingCall: true,
  rest: {
    method: 'GET',
    path: '/sessions/{sessionId}/journal',
    in: { after: 'query', limit: 'query' },
  },
  run: (session, params) => journalPage(session.journal.entries, session.journal.newest, params),
});
