import { done, type Outcome, ok } from '../../winsock/outcome.js';
import type { Accepted } from '../provider.js';
import { adopt } from './birth.js';
import { nameIn, requireInt32, type SocketState, type Stack } from './state.js';

/** listen and accept. */

/** Of SetHandleInformation: whether child processes get the handle. */
const HANDLE_FLAG_INHERIT = 1;

export const listen = (stack: Stack, socket: SocketState, backlog: number): Outcome<void> => {
  const listening = stack.library.listen(socket.s, requireInt32(backlog, 'backlog'));
  return listening.ok ? done : listening;
};

/**
 * What accept gives has the properties of the listener, an event selection among them, and there is no flag
 * against inheritance of the handle: both are put right here.
 *
 * Source: https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-accept
 */
export const accept = (stack: Stack, socket: SocketState): Outcome<Accepted> => {
  const { library, address } = stack;
  address.expect();
  const taken = library.accept(socket.s, address.name, address.length);
  if (!taken.ok) return taken;
  const remote = nameIn(stack, socket);
  if (!remote) throw new Error('accept gave a connection without an address');
  const failed = [
    library.setHandleInformation(taken.value, HANDLE_FLAG_INHERIT, 0),
    library.eventSelect(taken.value, 0, 0),
  ].find((outcome) => !outcome.ok);
  if (failed && !failed.ok) {
    library.closesocket(taken.value);
    return failed;
  }
  const { stream, family } = socket;
  const handle = adopt(stack, taken.value, { stream, family });
  return handle.ok ? ok({ handle: handle.value, remote }) : handle;
};
