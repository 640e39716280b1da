import type { Daemon } from '../daemon/daemon.js';
import type { Refusal } from '../daemon/refusals.js';
import type { Session } from '../daemon/session.js';
import type { Socket } from '../daemon/socket.js';
import { type Failure, fail } from '../winsock/outcome.js';
import type { AnyOperation } from './operation.js';

/** What the ids of a request name, or why they name nothing. */
export interface Resolved {
  readonly session?: Session;
  readonly socket?: Socket;
  readonly error?: Failure | Refusal;
}

/** Finds the session or socket of a request, as its owner sees it. */
export const resolve = (
  daemon: Daemon,
  op: AnyOperation,
  owner: string,
  params: Readonly<Record<string, unknown>>,
): Resolved => {
  if (op.scope === 'session') {
    const found = daemon.sessions.find(owner, String(params.sessionId));
    return found.ok ? { session: found.value } : { error: found };
  }
  return op.scope === 'socket' ? resolveSocket(daemon, op, owner, String(params.socketId)) : {};
};

const resolveSocket = (daemon: Daemon, op: AnyOperation, owner: string, id: string): Resolved => {
  const call = op.winsock[0] ?? op.name;
  const socket = daemon.sockets.find(id) ?? (op.findsClosing ? daemon.sockets.findClosing(id) : undefined);
  if (socket?.session.owner === owner) return { session: socket.session, socket };
  const stone = daemon.sockets.tombstone(owner, id);
  if (stone) {
    const session = stone.sessionId === undefined ? undefined : daemon.sessions.peek(stone.sessionId);
    const ended = op.evenEnded && session?.journal.endedSocket(id);
    if (session && ended) return { session, socket: ended };
    const gone = fail('WSAENOTSOCK', call, {
      extra: { reason: stone.reason },
      detail: `the socket is gone (${stone.reason}).`,
    });
    // Winsock asks for the start-up before it looks at the handle; so a session not begun answers first.
    const error = session && !session.isInitialised ? fail('WSANOTINITIALISED', call) : gone;
    return session ? { session, error } : { error };
  }
  if (daemon.ids.isOfEarlierRun(id)) {
    return {
      error: fail('WSAENOTSOCK', call, {
        extra: { reason: 'earlier-run' },
        detail: `the id was issued by an earlier run of this daemon.`,
      }),
    };
  }
  return { error: fail('WSAENOTSOCK', call, { detail: `there is no socket with this id.` }) };
};
