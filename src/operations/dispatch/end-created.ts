import type { Daemon } from '../../daemon/daemon.js';
import type { Session } from '../../daemon/sessions/session.js';
import type { Created } from '../operation.js';

/**
 * Ends what a call has created, because no client knows its id. Something that has ended since stays as it
 * is.
 *
 * @param session of the call: a fault or a relay belongs to it
 */
export const endCreated = (
  daemon: Daemon,
  owner: string,
  { kind, id }: Created,
  session: Session | undefined,
): void => {
  if (kind === 'session') {
    const found = daemon.sessions.find(owner, id);
    if (found.ok) void daemon.sessions.end(found.value, 'session-ended');
  } else if (kind === 'socket') {
    const socket = daemon.sockets.find(id);
    if (socket) daemon.sockets.end(socket, 'closed');
  } else if (kind === 'relay') {
    if (session) daemon.relays.find(session, id)?.end('reset');
  } else session?.faults.remove(id);
};
