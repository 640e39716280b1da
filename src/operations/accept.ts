import Type from 'typebox';
import type { Socket } from '../daemon/socket.js';
import type { Accepted } from '../providers/provider.js';
import { fail, type Outcome, ok } from '../winsock/outcome.js';
import { offers } from '../winsock/protocol-info.js';
import { blocking } from './blocking.js';
import { bytesOf, bytesResult } from './buffers.js';
import { operation } from './operation.js';
import {
  BufferSchema,
  BytesSchema,
  component,
  SocketAddressSchema,
  socketIdSchema,
  socketState,
  timeoutMs,
} from './schemas.js';

export const accept = operation({
  name: 'accept',
  summary: 'Take the next connection of a listener',
  description: [
    'Waits for a connection unless one is queued. The new socket belongs to the session of the listener, is',
    "connected, and inherits the listener's properties and blocking mode. If the answer cannot be delivered, the",
    "connection goes back to the front of the queue. Entries with XP1_CONNECT_DATA show the caller's connect",
    'data and can answer with `calleeData`.',
  ].join('\n'),
  winsock: ['accept', 'WSAAccept'],
  page: 'https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-accept',
  scope: 'socket',
  params: component(
    'AcceptRequest',
    { timeoutMs, calleeData: Type.Optional(BufferSchema) },
    'What accept takes.',
  ),
  result: component(
    'AcceptResult',
    {
      socketId: socketIdSchema,
      state: socketState,
      remoteAddress: SocketAddressSchema,
      callerData: Type.Optional(BytesSchema),
    },
    'The accepted socket.',
  ),
  errors: [
    'WSAECONNRESET',
    'WSAEFAULT',
    'WSAEINTR',
    'WSAEINVAL',
    'WSAEMFILE',
    'WSAENOBUFS',
    'WSAEOPNOTSUPP',
    'WSAEWOULDBLOCK',
  ],
  alsoSeen: {
    WSAETIMEDOUT: 'timeoutMs or SO_RCVTIMEO ran out',
    WSA_OPERATION_ABORTED: 'the wait was cancelled, or its session cleaned up or ended',
  },
  effect: 'change',
  lane: 'recv',
  blocking: true,
  async run(listener, { calleeData }, call, daemon) {
    let callee: Buffer | undefined;
    if (calleeData) {
      const bytes = bytesOf(calleeData, '/calleeData', 'WSAAccept');
      if (!bytes.ok) return bytes;
      if (!offers(listener.entry, 'XP1_CONNECT_DATA')) {
        return fail('WSAEOPNOTSUPP', 'WSAAccept', {
          detail: 'the provider of this socket has no connect data.',
        });
      }
      callee = bytes.value;
    }
    // Adopted in the turn that took it: a cleanup in between would not see it.
    const taken = await blocking(listener, call, { read: true }, 'accept', () => {
      // Asked in the same turn: of many accepts that wait, only as many succeed as the quota has room for.
      const overQuota = daemon.sockets.overQuota(call.owner);
      if (overQuota) return overQuota;
      const accepted = nextConnection(listener, callee);
      return accepted.ok
        ? ok({ accepted: accepted.value, socket: daemon.sockets.adopt(listener, accepted.value) })
        : accepted;
    });
    if (!taken.ok) return taken;
    const { accepted, socket } = taken.value;
    call.undelivered(() => daemon.sockets.giveBack(listener, socket, accepted));
    return ok({
      socketId: socket.id,
      state: socket.state,
      remoteAddress: accepted.remote,
      ...(accepted.callerData && { callerData: bytesResult(accepted.callerData) }),
    });
  },
  created: (result) => `/v1/sockets/${result.socketId}`,
});

/** A connection whose accept was not delivered comes before those in the provider's queue. */
const nextConnection = (listener: Socket, callee: Buffer | undefined): Outcome<Accepted> => {
  const returned = listener.returnedAccepts.shift();
  return returned ? ok(returned) : listener.use((provider, s) => provider.accept(s, callee));
};
