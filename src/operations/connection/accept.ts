import Type from 'typebox';
import { ok } from '../../winsock/outcome.js';
import { operation } from '../operation.js';
import { LOCAL, SOCKET_ID } from '../schemas/examples.js';
import {
  BufferSchema,
  BytesSchema,
  component,
  parameters,
  SocketAddressSchema,
  socketIdSchema,
  socketState,
  timeoutMs,
} from '../schemas/schemas.js';
import {
  ACCEPT_ADVICE,
  ACCEPT_ALSO_SEEN,
  ACCEPT_ERRORS,
  acceptedResult,
  acceptNext,
  calleeDataOf,
} from './accept-next.js';

export const accept = operation({
  name: 'accept',
  summary: 'Take the next connection of a listener',
  description: [
    'Waits for a connection unless one is queued. The new socket belongs to the session of the listener, is',
    "connected, and inherits the listener's properties and blocking mode. If the answer cannot be delivered,",
    "the connection goes back to the front of the queue. Entries with XP1_CONNECT_DATA show the caller's",
    'connect data and can answer with `calleeData`.',
  ].join('\n'),
  winsock: ['accept', 'WSAAccept'],
  page: 'https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-accept',
  scope: 'socket',
  params: parameters('AcceptRequest', {
    timeoutMs,
    calleeData: Type.Optional(BufferSchema),
  }),
  result: component('AcceptResult', 'The accepted socket.', {
    socketId: socketIdSchema,
    state: socketState,
    remoteAddress: SocketAddressSchema,
    callerData: Type.Optional(BytesSchema),
  }),
  errors: ACCEPT_ERRORS,
  alsoSeen: ACCEPT_ALSO_SEEN,
  advice: { ...ACCEPT_ADVICE, WSAEINVAL: 'the socket does not listen; call listen first.' },
  example: {
    sockets: ['listener'],
    params: { timeoutMs: 5000 },
    result: { socketId: SOCKET_ID, state: 'connected', remoteAddress: LOCAL },
  },
  effect: 'change',
  lane: 'recv',
  blocking: true,
  does: 'accepts',
  async run(listener, { calleeData }, call, daemon) {
    const callee = calleeDataOf(listener, calleeData);
    if (!callee.ok) return callee;
    const taken = await acceptNext(listener, call, daemon, callee.value);
    return taken.ok ? ok(acceptedResult(taken.value)) : taken;
  },
  created: ({ socketId }) => ({ kind: 'socket', id: socketId }),
  journal: ({ remoteAddress }) => ({ addresses: { remote: remoteAddress } }),
});
