import Type from 'typebox';
import type { Socket } from '../../daemon/sockets/socket.js';
import { ADDRESS_FAMILIES, nameOf, SOCKET_TYPES } from '../../winsock/constants.js';
import { ok } from '../../winsock/outcome.js';
import { versionText } from '../../winsock/versions.js';
import { ownOperation } from '../operation.js';
import {
  component,
  count,
  longCount,
  names,
  ProviderNameSchema,
  SocketAddressSchema,
  sessionIdSchema,
  socketIdSchema,
} from '../schemas/schemas.js';
import {
  beganAt,
  EndReasonSchema,
  elapsed,
  journalPage,
  journalParams,
  journalResult,
} from './journal-schemas.js';

export const getSocketJournal = ownOperation({
  name: 'getSocketJournal',
  summary: 'What happened to a socket',
  description: [
    'Every Winsock call on the socket, from the one that created it, in the order in which they ended. After',
    'the socket has ended its journal stays readable: while its session lives and the ended sockets of the',
    "session together have no more entries than `limits.journalEntries`, then as long as the session's",
    'journal; the oldest journals are dropped first. It has payload only if `socket` asked for `capture`. At',
    'a limit of captured bytes, such as `limits.captureBytes`, the oldest payload is dropped, first that of',
    'ended sockets; the entries stay.',
  ].join('\n'),
  scope: 'socket',
  params: component('GetSocketJournalRequest', 'Paging.', journalParams),
  result: component('SocketJournal', 'A page of the journal of a socket, and its facts.', {
    socketId: socketIdSchema,
    sessionId: sessionIdSchema,
    version: Type.String({ description: 'The Winsock version of its session.' }),
    beganAt,
    provider: ProviderNameSchema,
    family: Type.String({ description: 'AF_ name, or the number if it has none.' }),
    type: Type.String({ description: 'SOCK_ name, or the number if it has none.' }),
    localAddress: Type.Optional(SocketAddressSchema),
    remoteAddress: Type.Optional(SocketAddressSchema),
    endReason: Type.Optional(EndReasonSchema),
    endedAt: Type.Optional(elapsed('When it ended: microseconds since the session began.')),
    connectionEnd: Type.Optional(
      names(
        'ConnectionEnd',
        ['graceful', 'reset'],
        'How the connection ended; `reset`: abortive close, or unread bytes. Absent: it did not end.',
      ),
    ),
    unreadBytes: Type.Optional(count('How many bytes were unread when the connection ended.')),
    ...journalResult,
    droppedPayloads: longCount('How many entries have lost their payload.'),
  }),
  example: { sockets: ['client'] },
  effect: 'read',
  uninitialised: true,
  evenEnded: true,
  rest: {
    method: 'GET',
    long: true,
    path: '/sockets/{socketId}/journal',
    query: ['after', 'limit'],
  },
  run({ journal }: Pick<Socket, 'journal'>, params) {
    const { of, localAddress, remoteAddress, ended, captures, connectionEnd: end } = journal;
    const page = journalPage(journal.entries, journal.session.newest, params);
    if (!page.ok) return page;
    return ok({
      socketId: of.socketId,
      sessionId: of.sessionId,
      version: versionText(of.version),
      beganAt: journal.session.beganAt,
      provider: of.provider,
      family: nameOf(ADDRESS_FAMILIES, of.family) ?? String(of.family),
      type: nameOf(SOCKET_TYPES, of.type) ?? String(of.type),
      ...(localAddress && { localAddress }),
      ...(remoteAddress && { remoteAddress }),
      ...(ended && { endReason: ended.reason, endedAt: ended.at }),
      ...(end && { connectionEnd: end.reset ? ('reset' as const) : ('graceful' as const) }),
      ...(end && end.unread > 0 && { unreadBytes: end.unread }),
      ...page.value,
      droppedPayloads: captures.dropped,
    });
  },
});
