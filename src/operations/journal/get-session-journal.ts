import Type from 'typebox';
import type { Session } from '../../daemon/sessions/session.js';
import { ok } from '../../winsock/outcome.js';
import { ownOperation } from '../operation.js';
import { component, longCount } from '../schemas/schemas.js';
import {
  beganAt,
  EndReasonSchema,
  elapsed,
  journalPage,
  journalParams,
  journalResult,
} from './journal-schemas.js';

export const getSessionJournal = ownOperation({
  name: 'getSessionJournal',
  summary: 'What happened in a session',
  description: [
    'Every Winsock call of the session and its sockets, in the order in which they ended; payload only of',
    'sockets that capture. The oldest entries are dropped first (`limits.journalEntries`). Calls that only',
    'read what the daemon itself knows are left out. An empty page: there are no more entries yet; go on',
    'with `nextAfter`. After the session has ended its journal stays readable, though its id is gone, while',
    'the ended sessions of the owner and their sockets together have no more entries than',
    '`limits.endedSessionEntries`; the oldest journals are dropped first.',
  ].join('\n'),
  scope: 'session',
  params: component('GetSessionJournalRequest', 'Paging.', journalParams),
  result: component('SessionJournal', 'A page of the journal of a session.', {
    beganAt,
    endReason: Type.Optional(EndReasonSchema),
    endedAt: Type.Optional(elapsed('When it ended: microseconds since it began.')),
    ...journalResult,
    forgottenSockets: longCount('How many journals of its ended sockets were dropped, the oldest first.'),
  }),
  effect: 'read',
  uninitialised: true,
  evenEnded: true,
  rest: {
    method: 'GET',
    long: true,
    path: '/sessions/{sessionId}/journal',
    query: ['after', 'limit'],
  },
  run({ journal }: Pick<Session, 'journal'>, params) {
    const { ended, entries, forgottenSockets, newest } = journal;
    const page = journalPage(entries, newest, params);
    if (!page.ok) return page;
    return ok({
      beganAt: journal.beganAt,
      ...(ended && { endReason: ended.reason, endedAt: ended.at }),
      ...page.value,
      forgottenSockets,
    });
  },
});
