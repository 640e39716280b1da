import type { Daemon } from '../../daemon/daemon.js';
import type { DaemonEvent, EventLog, Follower, Over } from '../../daemon/journal/event-log.js';
import { entryView } from './journal-schemas.js';

export { EVENT_KINDS } from '../../daemon/journal/event-log.js';
export type { DaemonEvent, Follower, Over };

/** What happens in the daemon, as the edge follows it. */
export interface EventFeed extends Pick<EventLog, 'newest' | 'after' | 'overQuota' | 'follow'> {
  /** Tells this run of the daemon from earlier ones: the first part of event ids. */
  readonly run: string;
  /** Most bytes that may wait for one reader. */
  readonly maxBytes: number;
  /** Whether there is such a session, and with `socketId` such a socket or its journal. */
  lives(what: Over): boolean;
  /** Holds the lease of a session while a stream is open on it; gives the way to let go. */
  holdLease(sessionId: string): () => void;
  /** Runs again and again, by the daemon's clock; gives the way to stop. */
  every(ms: number, run: () => void): () => void;
}

/** The events of no daemon: nothing happens. */
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
    const session = sessions.peek(sessionId);
    if (!session || socketId === undefined) return session !== undefined;
    return sockets.find(socketId) !== undefined || session.journal.endedSocket(socketId) !== undefined;
  },
  holdLease: (sessionId) => sessions.peek(sessionId)?.lease.hold() ?? (() => {}),
  every(ms, run) {
    let timer = clock.setTimeout(ms, again);
    // Before the run, which may end it.
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
