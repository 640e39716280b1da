import type { Static } from 'typebox';
import type { Answer } from '../../daemon/answers/answer.js';
import type { Call } from '../../daemon/calls/call.js';
import type { Daemon } from '../../daemon/daemon.js';
import type { Socket } from '../../daemon/sockets/socket.js';
import type { Accepted, Offer } from '../../providers/provider.js';
import { NETWORK_EVENTS } from '../../winsock/constants.js';
import type { WsaName } from '../../winsock/errors.js';
import { fail, type Outcome, ok } from '../../winsock/outcome.js';
import { offers } from '../../winsock/protocol-info.js';
import { bytesOf, bytesResult } from '../schemas/buffers.js';
import type { BufferSchema } from '../schemas/schemas.js';
import { retryUntilReady, WAIT_ENDED } from '../waiting/retry-until-ready.js';

/** Codes that both accept and conditionalAccept document. */
export const ACCEPT_ERRORS = [
  'WSAECONNRESET',
  'WSAEFAULT',
  'WSAEINTR',
  'WSAEINVAL',
  'WSAEMFILE',
  'WSAENOBUFS',
  'WSAEOPNOTSUPP',
  'WSAEWOULDBLOCK',
] as const satisfies readonly WsaName[];

export const ACCEPT_ALSO_SEEN = {
  WSAETIMEDOUT: 'timeoutMs ran out; SO_RCVTIMEO is for receives',
  WSA_OPERATION_ABORTED: WAIT_ENDED,
};

/** Advice about a caller that disconnected while it waited. */
export const ACCEPT_ADVICE = {
  WSAECONNRESET: 'the caller disconnected before it was accepted. The listener goes on: call again.',
};

/** Reads connect data for the caller; WSAEOPNOTSUPP if the listener's provider has none. */
export const calleeDataOf = (
  listener: Socket,
  calleeData: Static<typeof BufferSchema> | undefined,
): Answer<Buffer | undefined> => {
  if (calleeData === undefined) return ok(undefined);
  const bytes = bytesOf(calleeData, ['calleeData'], 'WSAAccept');
  if (!bytes.ok || offers(listener.entry, 'XP1_CONNECT_DATA')) return bytes;
  return fail('WSAEOPNOTSUPP', 'WSAAccept', { detail: 'the provider of this socket has no connect data.' });
};

/** An accepted connection and its socket. */
interface AcceptedSocket {
  readonly accepted: Accepted;
  readonly socket: Socket;
}

/** The accepted socket, as accept and conditionalAccept answer it. */
export const acceptedResult = ({ accepted: { remote, callerData }, socket }: AcceptedSocket) => ({
  socketId: socket.id,
  state: socket.state,
  remoteAddress: remote,
  ...(callerData && { callerData: bytesResult(callerData) }),
});

/**
 * Takes the next connection, waiting for one; it goes back to the front of the queue if the reply is not
 * delivered.
 *
 * @param check runs in the same event loop turn, before the connection is taken; returns the provider's id of
 *   the offer to take, if only that one may be taken
 */
export const acceptNext = async (
  listener: Socket,
  call: Call,
  daemon: Daemon,
  callee: Buffer | undefined,
  check: () => Outcome<Offer['id'] | undefined> = () => ok(undefined),
): Promise<Answer<AcceptedSocket>> => {
  // Taken and adopted in one turn: a cleanup in between would not find the socket.
  const taken = await retryUntilReady(listener, call, { read: true }, 'accept', () => {
    // Checked in the same turn: only as many waiting accepts succeed as the quota has room for.
    const overQuota = daemon.sockets.overQuota(call.owner);
    if (overQuota) return overQuota;
    const allowed = check();
    if (!allowed.ok) return allowed;
    const accepted = listener.inbound.accept(listener, callee, allowed.value);
    // At once: anything between the handle and its id could lose the handle.
    const adopted = accepted.ok
      ? ok({ accepted: accepted.value, socket: daemon.sockets.adopt(listener, accepted.value) })
      : accepted;
    listener.enableEvents(NETWORK_EVENTS.FD_ACCEPT);
    return adopted;
  });
  if (taken.ok) {
    const { accepted, socket } = taken.value;
    call.onUndelivered(() => daemon.sockets.undoAdopt(listener, socket, accepted));
  }
  return taken;
};
