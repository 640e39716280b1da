import { CallList } from './calls/call-list.js';
import { Lookups } from './calls/lookups.js';
import { WaitingCalls } from './calls/waiting-calls.js';
import { Ids } from './ids/ids.js';
import type { IdEndReason } from './ids/tombstones.js';
import { EventLog } from './journal/event-log.js';
import { ByteAccounts, type ByteLimits } from './memory/byte-account.js';
import { PieceRooms } from './memory/piece-rooms.js';
import type { DestinationPolicy } from './policy/destination-policy.js';
import { RelayTable } from './relays/relay-table.js';
import { type RetentionLimits, type SessionCatalog, SessionTable } from './session-table.js';
import type { Session } from './sessions/session.js';
import { SocketTable } from './socket-table.js';
import { Offers } from './sockets/offers.js';
import type { Clock } from './waiting/clock.js';
import { InstantQueue } from './waiting/instant-queue.js';
import { Turns } from './waiting/turns.js';

/** Sizes and times that bound what clients can ask for. */
export interface Limits extends RetentionLimits, ByteLimits {
  /** The daemon's own limit of any wait, seconds. */
  readonly waitSeconds: number;
  /** The lease of a session whose startup names none, seconds. */
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
  readonly onSessionEnd?: (session: Session, reason: IdEndReason) => void;
}

/** Ids of each owner that are remembered after their end. */
export const TOMBSTONES = 10_000;

/** Enough for most receives. */
const SCRATCH_BYTES = 256 * 1024;

/** Everything that outlives a single call: sessions, sockets, policy, limits. */
export class Daemon {
  readonly clock: Clock;
  readonly limits: Limits;
  readonly policy: DestinationPolicy;
  readonly ids: Ids;
  readonly sockets: SocketTable;
  readonly sessions: SessionTable;
  readonly relays: RelayTable;
  readonly lookups = new Lookups();
  /** Calls that wait and belong to no session. */
  readonly calls = new CallList();
  readonly waiting: WaitingCalls;
  readonly turns: Turns;
  readonly instants: InstantQueue;
  readonly bytes: ByteAccounts;
  readonly rooms = new PieceRooms();
  readonly offers: Offers;
  readonly events: EventLog;
  #scratch: Buffer = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  /** For receives that are larger than that. */
  #largeScratch: Buffer | undefined;
  /** The part of a scratch buffer that was returned last. */
  #lastScratch: Buffer = this.#scratch;
  #draining = false;

  constructor(options: DaemonOptions) {
    this.clock = options.clock;
    this.limits = options.limits;
    this.policy = options.policy;
    this.bytes = new ByteAccounts(options.limits);
    this.waiting = new WaitingCalls(options.limits.callsPerOwner);
    this.turns = new Turns(options.clock);
    this.instants = new InstantQueue(options.clock);
    this.ids = new Ids(options.clock.wall().getTime());
    this.events = new EventLog(options.limits.eventEntries, options.limits.eventStreamsPerOwner);
    const { clock, ids, events, turns, bytes } = this;
    this.offers = new Offers(ids);
    const { socketsPerOwner, sessionsPerOwner } = options.limits;
    this.sockets = new SocketTable({ clock, ids, turns, bytes, socketsPerOwner, tombstones: TOMBSTONES });
    this.relays = new RelayTable({ clock, ids, sockets: this.sockets });
    this.sessions = new SessionTable({
      clock,
      ids,
      relays: this.relays,
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
   * A buffer for one synchronous receive. The next receive overwrites it, unless keepScratch has kept it.
   */
  scratch(bytes: number): Buffer {
    let whole: Buffer = this.#scratch;
    if (bytes > whole.length) {
      // At once for the largest receive there can be: a buffer for each large receive would be garbage.
      this.#largeScratch ??= Buffer.allocUnsafeSlow(Math.max(bytes, this.limits.recvBytes));
      whole = this.#largeScratch;
    }
    // Most receives have the same size as the one before.
    if (bytes !== this.#lastScratch.length) this.#lastScratch = whole.subarray(0, bytes);
    return this.#lastScratch;
  }

  /**
   * The bytes of the receive into `scratch`, to keep. If they fill most of the buffer it is given away, and
   * nothing is copied.
   */
  keepScratch(into: Buffer, bytes: number): Buffer {
    if (into.length !== SCRATCH_BYTES || bytes * 2 < SCRATCH_BYTES) {
      const data = Buffer.allocUnsafe(bytes);
      into.copy(data, 0, 0, bytes);
      return data;
    }
    this.#scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
    this.#lastScratch = this.#scratch;
    return into.subarray(0, bytes);
  }

  /**
   * Stops the daemon: refuses new work, ends every wait, closes every socket gracefully.
   *
   * @param graceMs how long closes that linger may take
   */
  async drain(graceMs: number): Promise<void> {
    this.#draining = true;
    this.sessions.endWaits('draining');
    this.calls.end('draining');
    this.sockets.endDelays();
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
    // Last, so that followers also receive the events of all these ends.
    this.events.end();
  }
}
