import type { Refusal } from '../../daemon/answers/refusals.js';
import type { Daemon } from '../../daemon/daemon.js';
import type { SessionJournal } from '../../daemon/journal/session-journal.js';
import type { SocketJournal } from '../../daemon/journal/socket-journal.js';
import type { Session } from '../../daemon/sessions/session.js';
import type { Socket } from '../../daemon/sockets/socket.js';
import { type Failure, fail, type Outcome, ok } from '../../winsock/outcome.js';
import type { AnyOperation } from '../operation.js';

/** The session and socket that the ids of a request name, or why there is none. */
export interface Resolved {
  readonly session: Session | undefined;
  readonly socket: Socket | undefined;
  /** The journal of an ended session or socket, for operations that need nothing else. */
  readonly past: { readonly journal: SessionJournal | SocketJournal } | undefined;
  readonly error: Failure | Refusal | undefined;
}

const NOTHING: Resolved = { session: undefined, socket: undefined, past: undefined, error: undefined };

/** Finds the session or socket of a request, as its owner sees it. */
export const resolveIds = (
  daemon: Daemon,
  op: AnyOperation,
  owner: string,
  params: Readonly<Record<string, unknown>>,
): Resolved => {
  if (op.scope === 'session') {
    const found = daemon.sessions.find(owner, String(params.sessionId));
    if (found.ok) return { session: found.value, socket: undefined, past: undefined, error: undefined };
    const journal = op.evenEnded && daemon.sessions.endedJournal(owner, String(params.sessionId));
    return journal ? { ...NOTHING, past: { journal } } : { ...NOTHING, error: found };
  }
  return op.scope === 'socket' ? resolveSocket(daemon, op, owner, String(params.socketId)) : NOTHING;
};

const resolveSocket = (daemon: Daemon, op: AnyOperation, owner: string, id: string): Resolved => {
  const call = op.winsock[0] ?? op.name;
  const socket = op.findsClosing ? daemon.sockets.findClosing(id) : daemon.sockets.find(id);
  if (socket?.session.owner === owner) {
    return { session: socket.session, socket, past: undefined, error: undefined };
  }
  const missing = noSocket(daemon, owner, id, call);
  const sessionId = daemon.sockets.tombstone(owner, id)?.sessionId;
  const session = sessionId === undefined ? undefined : daemon.sessions.findOfAnyOwner(sessionId);
  if (op.evenEnded && sessionId !== undefined) {
    const ofSession = session?.journal ?? daemon.sessions.endedJournal(owner, sessionId);
    const journal = ofSession?.endedSocket(id);
    if (journal) return { ...NOTHING, session, past: { journal } };
  }
  if (!session) return { ...NOTHING, error: missing };
  // Winsock checks the start-up before the handle; so a session that is not initialised answers first.
  return { ...NOTHING, session, error: session.isInitialised ? missing : fail('WSANOTINITIALISED', call) };
};

/**
 * Why an id names no live socket of the owner.
 *
 * @param call the Winsock function, for the failure
 */
const noSocket = (daemon: Daemon, owner: string, id: string, call: string): Failure => {
  const stone = daemon.sockets.tombstone(owner, id);
  if (stone) {
    return fail('WSAENOTSOCK', call, {
      extra: { reason: stone.reason },
      detail: `the socket is gone (${stone.reason}).`,
    });
  }
  if (daemon.ids.isOfEarlierRun(id)) {
    return fail('WSAENOTSOCK', call, {
      extra: { reason: 'earlier-run' },
      detail: `the id was issued by an earlier run of this daemon.`,
    });
  }
  return fail('WSAENOTSOCK', call, { detail: `there is no socket with this id.` });
};

/** The session's live socket of that id; the failure names the id, for calls with many ids. */
export const socketOf = (daemon: Daemon, session: Session, id: string, call: string): Outcome<Socket> => {
  const socket = daemon.sockets.find(id);
  if (socket?.session === session) return ok(socket);
  const missing =
    socket?.session.owner === session.owner
      ? fail('WSAENOTSOCK', call, { detail: 'the socket belongs to another session.' })
      : noSocket(daemon, session.owner, id, call);
  return { ...missing, extra: { ...missing.extra, socketId: id } };
};
