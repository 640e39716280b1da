import Type from 'typebox';
import { endedAnswer } from '../../daemon/calls/call.js';
import type { NetworkEvents } from '../../providers/provider.js';
import { NETWORK_EVENTS, type NetworkEvent } from '../../winsock/constants.js';
import { wsaNameOf } from '../../winsock/errors.js';
import { ok } from '../../winsock/outcome.js';
import { operation } from '../operation.js';
import {
  component,
  count,
  keysOf,
  NetworkEventNameSchema,
  parameters,
  timeoutMs,
} from '../schemas/schemas.js';
import { WAIT_ENDED, WATCH_REFUSED } from './retry-until-ready.js';

export const enumNetworkEvents = operation({
  name: 'enumNetworkEvents',
  summary: 'Wait for network events, and fetch them',
  description: [
    'Stands for WSAWaitForMultipleEvents and WSAEnumNetworkEvents: waits until an event is recorded, also on',
    'a non-blocking socket, then copies and clears the record in one step. `events` is empty when the limit',
    'comes, and at once if no events are selected. If the answer cannot be delivered, the record is',
    'restored.',
    '',
    'Each event is recorded once, and again only after the call that enables it: FD_READ and FD_OOB after',
    'recv, FD_ACCEPT after accept, FD_WRITE after a send that answered WSAEWOULDBLOCK. On a stream FD_READ',
    'is also recorded when more arrives, and FD_ACCEPT for each further connection, even if none was',
    'accepted: Windows does so, against its page (AF_UNIX on Linux does not, as it does not count',
    'connections). FD_CONNECT and FD_CLOSE are recorded once for each connection. FD_CLOSE says that the',
    'peer has ended; bytes may be left to read. If the connection was lost, its code is WSAECONNABORTED,',
    'whatever recv answers.',
  ].join('\n'),
  winsock: ['WSAEnumNetworkEvents', 'WSAWaitForMultipleEvents'],
  page: 'https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsaenumnetworkevents',
  scope: 'socket',
  params: parameters('EnumNetworkEventsRequest', { timeoutMs }),
  result: component('EnumNetworkEventsResult', 'WSANETWORKEVENTS.', {
    events: Type.Array(
      component('NetworkEvent', 'What happened.', {
        event: NetworkEventNameSchema,
        code: count('iErrorCode; 0: success.'),
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
      // Windows answers this if no events are selected (test_read_events of Wine's sock.c).
      if (!selection) return NOTHING;
      const taken = selection.take();
      if (!taken.ok) return taken;
      if (taken.value.events !== 0) {
        call.onUndelivered(() => selection.putBack(taken.value));
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
