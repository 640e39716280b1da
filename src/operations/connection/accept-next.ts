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

/** Codes that accept and conditionalAccept document alike. */
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

/** Of a caller that went away while it waited. */
export const ACCEPT_ADVICE = {
  WSAECONNRESET: 'the caller went away before it was accepted. The listener goes on: call again.',
};

/** Reads connect data for the caller; WSAEOPNOTSUPP where the listener's provider has none. */
export const calleeDataOf = (
  listener: Socket,
  calleeData: Static<typeof BufferSchema> | undefined,
): Answer<Buffer | undefined> => {
  if (calleeData === undefined) return ok(undefined);
  const bytes = bytesOf(calleeData, ['calleeData'], 'WSAAccept');
  if (!bytes.ok || offers(listener.entry, 'XP1_CONNECT_DATA')) return bytes;
  return fail('WSAEOPNOTSUPP', 'WSAAccept', { detail: 'the provider of this socket has no connect data.' });
};

/** A connection that was accepted, and the socket that it has become. */
interface Taken {
  readonly accepted: Accepted;
  readonly socket: Socket;
}

/** What accept and conditionalAccept answer of it. */
export const shownTaken = ({ accepted: { remote, callerData }, socket }: Taken) => ({
  socketId: socket.id,
  state: socket.state,
  remoteAddress: remote,
  ...(callerData && { callerData: bytesResult(callerData) }),
});

/**
 * Takes the next connection, waiting for one; it goes back to the front if its reply is not delivered.
 *
 * @param check asked in the turn that takes it, before it is taken; gives the id that the provider has for the
 *   offer that is meant
 */
export const acceptNext = async (
  listener: Socket,
  call: Call,
  daemon: Daemon,
  callee: Buffer | undefined,
  check: () => Outcome<Offer['id'] | undefined> = () => ok(undefined),
): Promise<Answer<Taken>> => {
  // Adopted in the turn that took it: a cleanup in between would not see it.
  const taken = await retryUntilReady(listener, call, { read: true }, 'accept', () => {
    // Asked in the same turn: of many accepts that wait, only as many succeed as the quota has room for.
    const overQuota = daemon.sockets.overQuota(call.owner);
    if (overQuota) return overQuota;
    const allowed = check();
    if (!allowed.ok) return allowed;
    const accepted = listener.inbound.accept(listener, callee, allowed.value);
    // At once: what comes between a handle and its id could lose it.
    const adopted = accepted.ok
      ? ok({ accepted: accepted.value, socket: daemon.sockets.adopt(listener, accepted.value) })
      : accepted;
    listener.enableEvents(NETWORK_EVENTS.FD_ACCEPT);
    return adopted;
  });
  if (taken.ok) {
    const { accepted, socket } = taken.value;
    call.undelivered(() => daemon.sockets.giveBack(listener, socket, accepted));
  }
  return taken;
};
