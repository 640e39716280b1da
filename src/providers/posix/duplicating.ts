import { ok } from '../../winsock/outcome.js';
import type { Handle } from '../provider.js';
import { F_DUPFD_CLOEXEC } from './descriptors.js';
import type { Method } from './handle-state.js';
import { call } from './native-call.js';

/** WSADuplicateSocket: a second descriptor of the same open file description, not inherited. */

export const duplicate: Method<'duplicate'> = (stack, socket) => {
  const native = call('WSADuplicateSocket', stack.libc.fcntl, socket.fd, F_DUPFD_CLOEXEC, 0);
  const made = stack.descriptors.refuseReserved('WSADuplicateSocket', native);
  if (!made.ok) return made;
  const fd = made.value;
  socket.descriptors.push(fd);
  stack.sockets.set(fd, socket);
  const { sendShutdown: write } = socket;
  const read = socket.receiveShutdown || socket.icmpErrors.length > 0;
  if (read || write) stack.reactor.markReady(fd, { read, write });
  return ok(fd as Handle); // makes a Handle, as socket and accept do
};
