import { done, type Failure, fail, type Outcome, ok } from '../../winsock/outcome.js';
import { requireInt32 } from '../native/require-int32.js';
import type { Accepted } from '../provider.js';
import { type Method, nameIn, type SocketState, type Stack } from './handle-state.js';
import { adopt, discarded } from './opening.js';

/** listen and accept. */

/** Of SetHandleInformation: whether child processes get the handle. */
const HANDLE_FLAG_INHERIT = 1;

export const listen: Method<'listen'> = (stack, socket, backlog) => {
  const listening = stack.ws2_32.listen(socket.s, requireInt32(backlog, 'backlog'));
  return listening.ok ? done : listening;
};

/** A connection without an address is one that its peer has reset while it waited (Wine; Windows names it). */
export const withdrawn = (call: string): Failure => fail('WSAECONNRESET', call);

/** The first of the queue, a deferred offer too. */
export const accept: Method<'accept'> = (stack, socket) => {
  const { ws2_32, address } = stack;
  address.expect();
  const taken = ws2_32.accept(socket.s, address.name, address.length);
  if (!taken.ok) return taken;
  socket.shared.deferred = undefined; // what was first is not any more
  const remote = nameIn(stack, socket);
  if (!remote) return discarded(stack, taken.value, withdrawn('accept'));
  return accepted(stack, socket, taken.value, { remote });
};

/**
 * What was accepted has the properties of the listener, an event selection among them, and there is no flag
 * against inheritance of the handle: both are put right here. What it has recorded until then signals the event object
 * of the listener: whoever waits for that finds an empty record, once.
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
