import { POLL_EVENTS } from '../../winsock/constants.js';
import type { LabSocket } from './lab-socket.js';
import { ALL_READY } from './watches.js';

const { POLLRDNORM, POLLRDBAND, POLLWRNORM, POLLERR, POLLHUP } = POLL_EVENTS;

/** A connect that failed, regardless of later calls, or a connection that was reset. */
const FAILED = POLLERR | POLLHUP | POLLWRNORM;
/** An earlier datagram was unreachable: the next receive reports it. */
const UNREACHABLE = POLLERR | POLLRDNORM | POLLWRNORM;

/**
 * The WSAPoll state of a socket. The peer's end is POLLHUP. POLLRDNORM holds only while bytes before the end
 * are pending, and never after SD_RECEIVE.
 *
 * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsapoll
 */
export const stateOf = (
  socket: Pick<LabSocket, 'stream' | 'readiness' | 'available' | 'receiveShut' | 'hasFailed'>,
): number => {
  const now = socket.readiness;
  if (now === ALL_READY) return socket.stream ? FAILED : UNREACHABLE;
  const waiting = socket.available();
  const drained = now.hangup === true && !(waiting.ok && waiting.value > 0);
  return (
    (now.read && !drained && !socket.receiveShut ? POLLRDNORM : 0) |
    (now.urgent ? POLLRDBAND : 0) |
    (now.write ? POLLWRNORM : 0) |
    (now.hangup ? POLLHUP : 0) |
    (socket.hasFailed ? FAILED : 0)
  );
};
