import type { Daemon } from '../../daemon/daemon.js';
import type { DaemonEvent, EventLog, EventSubject, Follower } from '../../daemon/journal/event-log.js';
import { entryView } from './journal-schemas.js';

export { EVENT_KINDS } from '../../daemon/journal/event-log.js';
export type { DaemonEvent, EventSubject, Follower };

/** The events of the daemon, for the edge. */
export interface EventFeed extends Pick<EventLog, 'newest' | 'after' | 'overQuota' | 'follow'> {
  /** Differs for every run of the daemon: the first part of event ids. */
  readonly run: string;
  /** Most bytes that may wait for one reader. */
  readonly maxBytes: number;
  /** Whether the session exists and, with `socketId`, the socket or its journal. */
  lives(what: EventSubject): boolean;
  /** Keeps a session from expiring while a stream for it is open; returns the function that ends this. */
  holdLease(sessionId: string): () => void;
  /** Calls `run` at intervals of the daemon's clock; returns the function that stops it. */
  every(ms: number, run: () => void): () => void;
}

/** A feed without events. */
export const NO_EVENTS: EventFeed = Object.freeze({
  run: '0',
  maxBytes: 1,
  newest: () => 0,
  after: () => ({ lost: 0, events: [] }),
  lives: () => true,
  overQuota: () => undefined,
  follow: () => () => {},
  holdLease: () => () => {},
  every: () => () => {},
});

/** The events of a daemon. */
export const feedOf = ({ events, ids, limits, sessions, sockets, clock }: Daemon): EventFeed => ({
  run: ids.run,
  maxBytes: limits.eventBytes,
  newest: (owner) => events.newest(owner),
  after: (owner, number, limit) => events.after(owner, number, limit),
  overQuota: (owner) => events.overQuota(owner),
  follow: (owner, follower) => events.follow(owner, follower),
  lives({ sessionId, socketId }) {
    const session = sessions.findOfAnyOwner(sessionId);
    if (!session || socketId === undefined) return session !== undefined;
    return sockets.find(socketId) !== undefined || session.journal.endedSocket(socketId) !== undefined;
  },
  holdLease: (sessionId) => sessions.findOfAnyOwner(sessionId)?.lease.hold() ?? (() => {}),
  every(ms, run) {
    let timer = clock.setTimeout(ms, again);
    // Set before `run`, which may stop it.
    function again(): void {
      timer = clock.setTimeout(ms, again);
      run();
    }
    return () => timer.clear();
  },
});

/** An event as clients read it. */
export const eventView = ({ sessionId, socketId, body }: DaemonEvent): object => {
  if (body.kind === 'operation') return { sessionId, ...entryView(body.entry) };
  const { kind: _kind, ...rest } = body;
  return { sessionId, socketId, ...rest };
};
