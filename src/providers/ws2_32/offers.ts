import { sameAddress } from '../../winsock/addresses.js';
import { CONDITIONS, type Condition } from '../../winsock/constants.js';
import { type Failure, fail, failedWith, type Outcome, ok } from '../../winsock/outcome.js';
import type { Accepted, Offer } from '../provider.js';
import { nameIn, type SocketState, type Stack } from './handle-state.js';
import { accepted, withdrawn } from './listening.js';
import { getNative } from './sockopt-calls.js';

/**
 * Offers, by the condition function of WSAAccept. Used only for a listener with SO_CONDITIONAL_ACCEPT: its
 * callers wait for the decision, so accepting a connection to inspect it would decide it.
 *
 * Without the option the system has completed the connection, so deferring has no advantage over accepting.
 * The emulation of the daemon is also more reliable: it is not documented whether select and WSAPoll report a
 * listener whose first offer is deferred. Wine does not have the option, and its deferral does not suffice
 * (measured with Wine 10): the listener of a deferred offer is not readable, WSATRY_AGAIN enables FD_ACCEPT
 * again, and CF_REJECT and the close of the listener end the connection gracefully instead of resetting it.
 *
 * Sources: https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsaaccept
 * https://learn.microsoft.com/windows/win32/winsock/so-conditional-accept
 * https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsaeventselect (what enables FD_ACCEPT)
 */

/** Whether offers can be inspected while they stay queued. The option cannot change after listen. */
export const canDefer = (stack: Stack, listener: SocketState): boolean => {
  if (!listener.stream) return false;
  const option = getNative(stack, listener.s, 'SO_CONDITIONAL_ACCEPT');
  return option.ok && option.value.readInt32LE(0) !== 0;
};

/** For a withdrawn offer Windows returns WSAECONNRESET, or silently continues with the next. */
export const first = (stack: Stack, listener: SocketState): Outcome<Offer> => {
  const { offer, outcome } = decide(stack, listener, () => 'CF_DEFER');
  return offer && failedWith(outcome, 'WSATRY_AGAIN') ? ok(offer) : failureOf(stack, outcome);
};

/** @param only the number of the offer to act on */
export const reject = (
  stack: Stack,
  listener: SocketState,
  only: Offer['id'] | undefined,
): Outcome<Offer> => {
  const { offer, outcome } = decide(stack, listener, ({ id }) =>
    only === undefined || only === id ? 'CF_REJECT' : 'CF_DEFER',
  );
  if (offer && failedWith(outcome, 'WSAECONNREFUSED')) return ok(offer);
  return offer && failedWith(outcome, 'WSATRY_AGAIN') ? notTheFirst() : failureOf(stack, outcome);
};

/** @param only the number of the offer to act on */
export const acceptOnly = (stack: Stack, listener: SocketState, only: Offer['id']): Outcome<Accepted> => {
  const { offer, outcome } = decide(stack, listener, ({ id }) => (only === id ? 'CF_ACCEPT' : 'CF_DEFER'));
  if (offer && failedWith(outcome, 'WSATRY_AGAIN')) return notTheFirst();
  if (!outcome.ok || offer?.id !== only) return failureOf(stack, outcome);
  const { remote, callerData } = offer;
  return accepted(stack, listener, outcome.value, { remote, ...(callerData && { callerData }) });
};

/** WSAAccept has this code for a request that has timed out or been withdrawn. */
const notTheFirst = (): Failure => fail('WSAEACCES', 'WSAAccept');

/** @throws an Error for a socket that the condition function did not accept, after closing it */
const failureOf = (stack: Stack, outcome: Outcome<number>): Failure => {
  if (!outcome.ok) return outcome;
  stack.ws2_32.closesocket(outcome.value);
  throw new Error(`WSAAccept gave the socket ${outcome.value}, which was not accepted`);
};

/**
 * Makes one WSAAccept; returns its outcome and the offer that its condition function saw. A caller without
 * an address is gone: its offer is rejected and reported as withdrawn.
 */
const decide = (
  stack: Stack,
  listener: SocketState,
  decision: (offer: Offer) => Condition,
): { readonly offer: Offer | undefined; readonly outcome: Outcome<number> } => {
  const asked: Offer[] = [];
  const outcome = stack.ws2_32.acceptIf(listener.s, (callerId, callerData) => {
    const offer = knownOrNewOffer(stack, listener, callerId, callerData);
    if (!offer) return CONDITIONS.CF_REJECT;
    asked.push(offer);
    return CONDITIONS[decision(offer)];
  });
  const [offer] = asked;
  if (!offer && failedWith(outcome, 'WSAECONNREFUSED')) {
    listener.shared.deferred = undefined;
    return { offer, outcome: withdrawn('WSAAccept') };
  }
  // After any other outcome the known offer is no longer the first.
  listener.shared.deferred = failedWith(outcome, 'WSATRY_AGAIN') ? offer : undefined;
  return { offer, outcome };
};

/**
 * The deferred offer, or a new one. Windows does not report its own numbers for offers, so an offer counts
 * as the same while the same address and port are first and none was accepted or rejected. A caller that
 * withdraws and calls again from the same port in between counts as the same; its peer cannot tell the
 * difference.
 */
const knownOrNewOffer = (
  stack: Stack,
  listener: SocketState,
  callerId: Buffer,
  callerData: Buffer,
): Offer | undefined => {
  const { address } = stack;
  const { shared } = listener;
  address.expect();
  address.name.set(callerId.subarray(0, address.name.length));
  const remote = nameIn(stack, listener);
  if (!remote) return undefined;
  if (shared.deferred && sameAddress(shared.deferred.remote, remote)) return shared.deferred;
  shared.offers += 1;
  return { id: shared.offers, remote, ...(callerData.length > 0 && { callerData }) };
};
