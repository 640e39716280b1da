import { Lookups } from './calls/lookups.js';
import { WaitingCalls } from './calls/waiting-calls.js';
import { Ids } from './ids/ids.js';
import type { EndOfId } from './ids/tombstones.js';
import { EventLog } from './journal/event-log.js';
import { ByteAccounts, type ByteLimits } from './memory/byte-account.js';
import type { DestinationPolicy } from './policy/destination-policy.js';
import { type PastLimits, type SessionCatalog, SessionTable } from './session-table.js';
import type { Session } from './sessions/session.js';
import { SocketTable } from './socket-table.js';
import { Offers } from './sockets/offers.js';
import type { Clock } from './waiting/clock.js';
import { Turns } from './waiting/turns.js';

/** Sizes and times that bound what clients can ask for. */
export interface Limits extends PastLimits, ByteLimits {
  /** The daemon's own limit of any wait, seconds. */
  readonly waitSeconds: number;
  /** The lease of a session that does not say, seconds. */
  readonly leaseSeconds: number;
  readonly maxLeaseSeconds: number;
  readonly sessionsPerOwner: number;
  readonly socketsPerOwner: number;
  /** Calls of one owner that wait at once. */
  readonly callsPerOwner: number;
  /** Most bytes of one recv. */
  readonly recvBytes: number;
  /** Events kept for one owner. */
  readonly eventEntries: number;
  /** Most bytes that wait for one reader of events. */
  readonly eventBytes: number;
  /** Readers of events at once. */
  readonly eventStreamsPerOwner: number;
}

export interface DaemonOptions {
  readonly clock: Clock;
  readonly limits: Limits;
  readonly policy: DestinationPolicy;
  readonly openCatalog: (owner: string, labNetwork: string | undefined) => SessionCatalog;
  readonly onSessionEnd?: (session: Session, reason: EndOfId) => void;
}

/** Ids of each owner that are remembered after their end. */
export const TOMBSTONES = 10_000;

/** Most receives need no more than this. */
const SCRATCH_BYTES = 256 * 1024;

/** Everything that outlives a single call: sessions, sockets, policy, limits. */
export class Daemon {
  readonly clock: Clock;
  readonly limits: Limits;
  readonly policy: DestinationPolicy;
  readonly ids: Ids;
  readonly sockets: SocketTable;
  readonly sessions: SessionTable;
  readonly lookups = new Lookups();
  readonly waiting: WaitingCalls;
  readonly turns: Turns;
  readonly bytes: ByteAccounts;
  readonly offers: Offers;
  readonly events: EventLog;
  #scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  /** The part of it that was given out last. */
  #lastScratch = this.#scratch;
  #draining = false;

  constructor(options: DaemonOptions) {
    this.clock = options.clock;
    this.limits = options.limits;
    this.policy = options.policy;
    this.bytes = new ByteAccounts(options.limits);
    this.waiting = new WaitingCalls(options.limits.callsPerOwner);
    this.turns = new Turns(options.clock);
    this.ids = new Ids(options.clock.wall().getTime());
    this.events = new EventLog(options.limits.eventEntries, options.limits.eventStreamsPerOwner);
    const { clock, ids, events, turns, bytes } = this;
    this.offers = new Offers(ids);
    const { socketsPerOwner, sessionsPerOwner } = options.limits;
    this.sockets = new SocketTable({ clock, ids, turns, bytes, socketsPerOwner, tombstones: TOMBSTONES });
    this.sessions = new SessionTable({
      clock,
      ids,
      sockets: this.sockets,
      sessionsPerOwner,
      tombstones: TOMBSTONES,
      journalLimits: options.limits,
      events,
      bytes,
      openCatalog: options.openCatalog,
      onEnd: options.onSessionEnd ?? (() => {}),
    });
  }

  /** Whether new work is refused because the daemon is stopping. */
  get draining(): boolean {
    return this.#draining;
  }

  /**
   * A buffer for one synchronous receive. Whoever receives copies what it keeps: the next receive
   * overwrites it.
   */
  scratch(bytes: number): Buffer {
    // The first that needs more makes it as large as any can need: one for each would be garbage of that size.
    if (bytes > this.#scratch.length)
      this.#scratch = Buffer.allocUnsafeSlow(Math.max(bytes, this.limits.recvBytes));
    // Most receives ask for as much as the one before.
    if (bytes !== this.#lastScratch.length) this.#lastScratch = this.#scratch.subarray(0, bytes);
    return this.#lastScratch;
  }

  /**
   * Stops: refuses new work, ends every wait, closes every socket gracefully.
   *
   * @param graceMs how long closes that linger may take
   */
  async drain(graceMs: number): Promise<void> {
    this.#draining = true;
    this.sessions.endWaits('draining');
    const ended = Promise.all([
      this.sessions.endAll(),
      ...this.sockets.closings().map((closing) => closing.whenSettled()),
    ]);
    await new Promise<void>((resolve) => {
      const timer = this.clock.setTimeout(graceMs, resolve);
      void ended.then(() => {
        timer.clear();
        resolve();
      });
    });
    // Last: those who follow have seen everything end.
    this.events.end();
  }
}
