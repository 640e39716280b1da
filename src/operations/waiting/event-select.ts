import Type from 'typebox';
import { flagBits, NETWORK_EVENTS } from '../../winsock/constants.js';
import { ok } from '../../winsock/outcome.js';
import { operation } from '../operation.js';
import { emptyResult, NetworkEventNameSchema, parameters } from '../schemas/schemas.js';

export const eventSelect = operation({
  name: 'eventSelect',
  summary: 'Choose the network events that are recorded',
  description: [
    'From now on the chosen events are recorded for enumNetworkEvents. Replaces the selection before, and',
    'discards what was recorded for it; an empty array ends the selection. Makes the socket non-blocking,',
    'and it stays so: ioctl FIONBIO 0 is WSAEINVAL before the selection has ended. Accepted sockets begin',
    'with the selection of their listener; duplicated ids share one. A datagram socket records nothing',
    'before it is bound.',
  ].join('\n'),
  winsock: ['WSAEventSelect'],
  page: 'https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsaeventselect',
  scope: 'socket',
  params: parameters('EventSelectRequest', {
    events: Type.Array(NetworkEventNameSchema, {
      maxItems: 32,
      description: 'The events; empty ends the selection.',
    }),
  }),
  result: emptyResult('EventSelectResult'),
  errors: ['WSAEINVAL'],
  alsoSeen: {
    WSA_NOT_ENOUGH_MEMORY: 'the system has no more event objects',
    WSAENOBUFS: 'the system watches no more sockets',
  },
  example: { sockets: ['accepted'], params: { events: ['FD_READ', 'FD_WRITE', 'FD_CLOSE'] }, result: {} },
  effect: 'change',
  run(socket, { events }) {
    const selected = socket.selectEvents(flagBits(NETWORK_EVENTS, events));
    return selected.ok ? ok({}) : selected;
  },
});
