import { done, type Failure, fail, type Outcome, ok } from '../../winsock/outcome.js';
import { requireInt32 } from '../native/require-int32.js';
import type { Accepted } from '../provider.js';
import { type Method, nameIn, type SocketState, type Stack } from './handle-state.js';
import { adopt, discarded } from './opening.js';

/** listen and accept. */

/** Flag of SetHandleInformation: child processes inherit the handle. */
const HANDLE_FLAG_INHERIT = 1;

export const listen: Method<'listen'> = (stack, socket, backlog) => {
  const listening = stack.ws2_32.listen(socket.s, requireInt32(backlog, 'backlog'));
  return listening.ok ? done : listening;
};

/** The failure for a pending connection that its peer has reset. Wine accepts it without an address. */
export const withdrawn = (call: string): Failure => fail('WSAECONNRESET', call);

/** Accepts the first connection of the queue, even a deferred offer. */
export const accept: Method<'accept'> = (stack, socket) => {
  const { ws2_32, address } = stack;
  address.expect();
  const taken = ws2_32.accept(socket.s, address.name, address.length);
  if (!taken.ok) return taken;
  socket.shared.deferred = undefined; // no longer the first
  const remote = nameIn(stack, socket);
  if (!remote) return discarded(stack, taken.value, withdrawn('accept'));
  return accepted(stack, socket, taken.value, { remote });
};

/**
 * Completes an accepted socket: it inherits the listener's properties, such as its event selection, and its
 * handle is inheritable. Both are corrected here. Events that it records before then signal the event object
 * of the listener, so a wait for that can wake once and find an empty record.
 *
 * Source: https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-accept
 */
export const accepted = (
  stack: Stack,
  listener: SocketState,
  value: number,
  about: Omit<Accepted, 'handle'>,
): Outcome<Accepted> => {
  const { ws2_32 } = stack;
  const { stream, family } = listener;
  const failed = [
    ws2_32.setHandleInformation(value, HANDLE_FLAG_INHERIT, 0),
    ws2_32.eventSelect(value, 0, 0),
  ].find((outcome) => !outcome.ok);
  if (failed && !failed.ok) return discarded(stack, value, failed);
  const handle = adopt(stack, value, { stream, family });
  return handle.ok ? ok({ handle: handle.value, ...about }) : handle;
};
