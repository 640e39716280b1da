import type { Version } from '../winsock/versions.js';
import type { Answer } from './answers/answer.js';
import { type Refusal, refuse } from './answers/refusals.js';
import type { EndReason } from './calls/call.js';
import type { Ids } from './ids/ids.js';
import { type IdEndReason, type SessionEndReason, Tombstones } from './ids/tombstones.js';
import { CaptureBound } from './journal/captured-payload.js';
import { EndedJournals } from './journal/ended-journals.js';
import type { EventLog } from './journal/event-log.js';
import { JournalAccount } from './journal/journal-account.js';
import type { JournalLimits, SessionJournal } from './journal/session-journal.js';
import type { ByteAccounts } from './memory/byte-account.js';
import type { RelayTable } from './relays/relay-table.js';
import type { LabControl } from './sessions/lab-control.js';
import type { Catalog } from './sessions/protocol-catalog.js';
import { Session } from './sessions/session.js';
import type { SocketTable } from './socket-table.js';
import type { Clock } from './waiting/clock.js';

/** The protocol catalog of one session, and what to free when the session ends. */
export interface SessionCatalog {
  readonly catalog: Catalog;
  /** The control of its lab network, if it has one. */
  readonly lab?: LabControl;
  release(): void;
}

/** How much of the history of one owner is kept. */
export interface RetentionLimits extends JournalLimits {
  /** Entries of the journals of ended sessions and their sockets. */
  readonly endedSessionEntries: number;
  /** Captured bytes of all sockets. */
  readonly captureBytesPerOwner: number;
}

export interface SessionTableOptions {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly sockets: SocketTable;
  readonly relays: RelayTable;
  readonly sessionsPerOwner: number;
  readonly tombstones: number;
  readonly journalLimits: RetentionLimits;
  readonly events: EventLog;
  /** The accounts that count what journals, captures and events keep. */
  readonly bytes: ByteAccounts;
  /** Opens the providers for a session; a named lab network is shared by sessions of the same owner. */
  readonly openCatalog: (owner: string, labNetwork: string | undefined) => SessionCatalog;
  /** Called for every session that has ended, with the reason. */
  readonly onEnd: (session: Session, reason: IdEndReason) => void;
}

export interface SessionRequest {
  readonly version: Version;
  readonly leaseSeconds: number;
  readonly labNetwork: string | undefined;
}

/** Every live session by its id. Also the leases, and the only code that ends a session. */
export class SessionTable {
  readonly #options: SessionTableOptions;
  readonly #live = new Map<string, { readonly session: Session; readonly release: () => void }>();
  readonly #tombstones: Tombstones;
  readonly #endedJournals: EndedJournals;
  /** The number of sessions begun so far, by owner. */
  readonly #begun = new Map<string, number>();
  readonly #retained = new Map<
    string,
    { readonly account: JournalAccount; readonly captures: CaptureBound }
  >();

  constructor(options: SessionTableOptions) {
    this.#options = options;
    this.#tombstones = new Tombstones(options.tombstones);
    this.#endedJournals = new EndedJournals(options.journalLimits.endedSessionEntries);
  }

  /** Live sessions of all owners. */
  get size(): number {
    return this.#live.size;
  }

  /** WSAStartup of a new session. */
  open(owner: string, request: SessionRequest): Answer<Session> {
    const { clock, ids, sessionsPerOwner, openCatalog, journalLimits, events } = this.#options;
    if (this.list(owner).length >= sessionsPerOwner) {
      return refuse('quota', 'The owner has as many sessions as limits.sessionsPerOwner allows; end some.');
    }
    const { account: journalAccount, captures } = this.#retainedOf(owner);
    const { catalog, lab, release } = openCatalog(owner, request.labNetwork);
    const number = this.begunBy(owner) + 1;
    this.#begun.set(owner, number);
    const session = new Session({
      id: ids.session(),
      owner,
      number,
      version: request.version,
      catalog,
      labNetwork: request.labNetwork,
      lab,
      clock,
      leaseSeconds: request.leaseSeconds,
      onLeaseExpiry: (expired) => void this.end(expired, 'lease-expired'),
      createdAt: clock.wall(),
      journalLimits,
      captures,
      journalAccount,
      events,
    });
    this.#live.set(session.id, { session, release });
    return { ok: true, value: session };
  }

  /** How many sessions the owner has begun so far. */
  begunBy(owner: string): number {
    return this.#begun.get(owner) ?? 0;
  }

  /** The owner's session of that id, or a refusal that says why there is none. */
  find(owner: string, id: string): Answer<Session> {
    const live = this.#live.get(id);
    if (live?.session.owner === owner) return { ok: true, value: live.session };
    const stone = this.#tombstones.of(owner, id);
    if (stone) return goneSession(stone.reason);
    if (this.#options.ids.isOfEarlierRun(id)) {
      return refuse('earlier-run', 'The session belongs to an earlier run of this daemon; begin a new one.');
    }
    return refuse('not-found', 'There is no session with this id.');
  }

  /**
   * The session of that id, of any owner. For callers that know already that it is their owner's.
   */
  findOfAnyOwner(id: string): Session | undefined {
    return this.#live.get(id)?.session;
  }

  /** The journal of an ended session of that owner, while it is kept. */
  endedJournal(owner: string, id: string): SessionJournal | undefined {
    return this.#endedJournals.of(owner, id);
  }

  list(owner: string): readonly Session[] {
    return [...this.#live.values()].map((l) => l.session).filter((s) => s.owner === owner);
  }

  /**
   * WSACleanup: lowers the start-up count; at zero the sockets of the session end. Resolves when the sockets
   * that it closes are closed.
   */
  async cleanup(session: Session): Promise<void> {
    if (session.startups > 1) session.startups--;
    else if (session.startups === 1) await this.#lastCleanup(session);
  }

  /**
   * The last WSACleanup: the sockets end, but the session stays, and another startup makes it usable again.
   * Resolves when all sockets are closed.
   */
  async #lastCleanup(session: Session): Promise<void> {
    session.startups = 0;
    // Also ends calls that wait without a socket (select, lookups). The cleanup does not wait for these.
    session.calls.end('cleanup');
    this.#options.sockets.endDelays(session);
    await this.#endSockets(session, 'cleanup');
  }

  /** Ends the session and all it owns. Resolves when its handles are closed. */
  async end(session: Session, reason: SessionEndReason): Promise<void> {
    const ended = this.#end(session, reason);
    this.#options.sockets.endLingering(session, reason === 'session-ended' ? 'close' : 'abort');
    await ended;
  }

  async #end(session: Session, reason: SessionEndReason): Promise<void> {
    const live = this.#live.get(session.id);
    if (!live) return;
    this.#live.delete(session.id);
    session.lease.end();
    for (const connection of session.connections) connection.forget(session);
    this.#tombstones.add(session.owner, session.id, { reason });
    session.journal.end(reason, this.#options.clock.now());
    this.#endedJournals.add(session.owner, session.id, session.journal);
    session.calls.end('sessionEnded');
    this.#options.onEnd(session, reason);
    session.faults.removeAll();
    await this.#endSockets(session, reason);
    session.journal.reportEnd(reason);
    // Waits for closes in progress: they still need the providers.
    session.providerUsers.whenUnused(live.release);
  }

  /** Ends the waits of all calls in progress. */
  endWaits(reason: EndReason): void {
    for (const { session } of this.#live.values()) session.calls.end(reason);
  }

  /** Ends every session. Closes that linger continue, for as long as the caller waits for them. */
  async endAll(): Promise<void> {
    await Promise.all([...this.#live.values()].map(({ session }) => this.#end(session, 'session-ended')));
  }

  async #endSockets(session: Session, reason: IdEndReason): Promise<void> {
    const { sockets, relays } = this.#options;
    relays.endOf(session);
    const endings = sockets.of(session).map((socket) => sockets.end(socket, reason));
    await Promise.all(endings.map((ending) => ending.whenSettled()));
  }

  /** The bytes that the history of an owner takes. */
  retainedBytes(owner: string): number {
    return this.#retainedOf(owner).account.bytes;
  }

  #retainedOf(owner: string) {
    let past = this.#retained.get(owner);
    if (!past) {
      const account = new JournalAccount(this.#options.bytes.of(owner), () => this.#evictOldest(owner));
      const most = this.#options.journalLimits.captureBytesPerOwner;
      past = { account, captures: new CaptureBound(most, undefined, account) };
      this.#retained.set(owner, past);
    }
    return past;
  }

  /**
   * Drops the oldest part of an owner's history: the session that ended first; if there is none, half of the
   * ended sockets; if there are none, half of the entries of live sessions and sockets, and half of the
   * events. Returns false if there is nothing to drop.
   */
  #evictOldest(owner: string): boolean {
    if (this.#endedJournals.forgetOldest(owner)) return true;
    const journals = this.list(owner).map(({ journal }) => journal);
    if (journals.filter((journal) => journal.forgetSockets()).length > 0) return true;
    const { account } = this.#retainedOf(owner);
    const events = this.#options.events.dropHalf(owner);
    for (const { body } of events) account.dropEvent(body);
    return journals.filter((journal) => journal.dropHalf()).length > 0 || events.length > 0;
  }
}

const goneSession = (reason: IdEndReason): Refusal => {
  if (reason === 'lease-expired') {
    return refuse('lease-expired', 'The session was not used for the length of its lease; begin a new one.');
  }
  const why =
    reason === 'connection-lost' ? 'ended with the connection of its client, which was lost' : 'was ended';
  return refuse('session-ended', `The session ${why}; begin a new one.`);
};
