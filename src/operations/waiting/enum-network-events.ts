import Type from 'typebox';
import { endedAnswer } from '../../daemon/calls/call.js';
import type { NetworkEvents } from '../../providers/provider.js';
import { NETWORK_EVENTS, type NetworkEvent } from '../../winsock/constants.js';
import { wsaNameOf } from '../../winsock/errors.js';
import { ok } from '../../winsock/outcome.js';
import { operation } from '../operation.js';
import { component, keysOf, NetworkEventNameSchema, natural, timeoutMs } from '../schemas/schemas.js';
import { WAIT_ENDED, WATCH_REFUSED } from './retry-until-ready.js';

export const enumNetworkEvents = operation({
  name: 'enumNetworkEvents',
  summary: 'Wait for network events, and fetch them',
  description: [
    'Stands for WSAWaitForMultipleEvents and WSAEnumNetworkEvents: waits until something is recorded, also on a',
    'non-blocking socket, then copies and clears the record in one step. When the limit comes, `events` is empty,',
    'and at once where no events are selected. If the answer cannot be delivered, the record is as before.',
    '',
    'Each event comes once, and again only after the call that enables it: FD_READ and FD_OOB after recv, FD_ACCEPT',
    'after accept, FD_WRITE after a send that answered WSAEWOULDBLOCK. On a stream FD_READ also comes again when more',
    'arrives, and FD_ACCEPT with each further connection, though nobody has taken the first: so does Windows, and its',
    'page says otherwise (not with AF_UNIX on Linux, which tells no number of connections). FD_CONNECT and FD_CLOSE',
    'come once for each connection. FD_CLOSE says that the peer has ended, and there may be bytes left to read; of a',
    'connection that was lost it has WSAECONNABORTED, whatever recv tells.',
  ].join('\n'),
  winsock: ['WSAEnumNetworkEvents', 'WSAWaitForMultipleEvents'],
  page: 'https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsaenumnetworkevents',
  scope: 'socket',
  params: component('EnumNetworkEventsRequest', 'What enumNetworkEvents takes.', { timeoutMs }),
  result: component('EnumNetworkEventsResult', 'WSANETWORKEVENTS.', {
    events: Type.Array(
      component('NetworkEvent', 'What happened.', {
        event: NetworkEventNameSchema,
        code: natural('iErrorCode: 0 when it went well.'),
        name: Type.Optional(Type.String({ description: 'The name of the code; absent for 0.' })),
      }),
      { description: 'In the order of their bits; empty when nothing happened.' },
    ),
  }),
  errors: ['WSAEINVAL', 'WSAEFAULT'],
  alsoSeen: {
    WSAENOBUFS: WATCH_REFUSED,
    WSAEINTR: 'the socket was closed while the call waited, or the blocking call of a 1.x session cancelled',
    WSA_OPERATION_ABORTED: WAIT_ENDED,
  },
  example: {
    sockets: ['accepted'],
    params: { timeoutMs: 5000 },
    result: { events: [{ event: 'FD_WRITE', code: 0 }] },
  },
  effect: 'change',
  blocking: true,
  givesBack: true,
  async run(socket, _params, call) {
    for (;;) {
      const { selection } = socket;
      // Windows answers so where none is selected (test_read_events of Wine's sock.c).
      if (!selection) return NOTHING;
      const taken = selection.take();
      if (!taken.ok) return taken;
      if (taken.value.events !== 0) {
        call.undelivered(() => selection.putBack(taken.value));
        return ok({ events: shown(taken.value) });
      }
      const wake = await call.tryWait(selection.subscribe);
      if (wake === 'deadline' || wake === 'cap') return NOTHING;
      if (wake !== 'ready') return endedAnswer(wake, 'WSAEnumNetworkEvents');
      if (call.ended) return endedAnswer(call.ended, 'WSAEnumNetworkEvents');
    }
  },
});

const NOTHING = ok({ events: [] });

const shown = ({ errors }: NetworkEvents): { event: NetworkEvent; code: number; name?: string }[] =>
  keysOf(NETWORK_EVENTS).flatMap((event) => {
    const code = errors.get(NETWORK_EVENTS[event]);
    if (code === undefined) return [];
    const name = code === 0 ? undefined : wsaNameOf(code);
    return [{ event, code, ...(name !== undefined && { name }) }];
  });
