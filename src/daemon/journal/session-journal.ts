import type { SocketState } from '../../winsock/socket-state.js';
import type { IdEndReason } from '../ids/tombstones.js';
import { CaptureBound } from './captured-payload.js';
import type { EventBody, EventLog, RelayChange } from './event-log.js';
import type { JournalAccount } from './journal-account.js';
import type { JournalEntry } from './journal-entry.js';
import { NewestItems } from './newest-items.js';
import { type JournalEnd, type JournaledSocket, SocketJournal } from './socket-journal.js';

/** How much history is kept. */
export interface JournalLimits {
  /** Entries of one socket, of one session, and of the ended sockets of one session together. */
  readonly journalEntries: number;
  /** Captured bytes of one socket. */
  readonly captureBytes: number;
  /** Captured bytes of all sockets of one session. */
  readonly captureBytesPerSession: number;
}

export interface SessionJournalParts {
  readonly owner: string;
  readonly sessionId: string;
  /** The clock's time when the session began, milliseconds. */
  readonly startedAt: number;
  readonly limits: JournalLimits;
  /** Limits the payload that the owner's sockets may keep. */
  readonly captures: CaptureBound;
  /** Counts what it keeps. */
  readonly account: JournalAccount;
  readonly events: EventLog;
}

/** The bytes of a journal without its entries. */
const JOURNAL_BYTES = 1500;

const microseconds = (ms: number): number => Math.round(ms * 1000);

/**
 * The history of one session: its calls, and the journals of its sockets. Those of ended sockets are kept
 * while they have no more entries together than one journal may have; the oldest are dropped first.
 */
export class SessionJournal {
  readonly entries: NewestItems<JournalEntry>;
  readonly #parts: SessionJournalParts;
  readonly #captures: CaptureBound;
  readonly #liveSockets = new Set<SocketJournal>();
  /** By id, in the order of their ends. */
  readonly #endedSockets = new Map<string, SocketJournal>();
  #endedEntries = 0;
  #forgottenSockets = 0;
  #ended: JournalEnd | undefined;
  #isForgotten = false;
  #sequence = 0;
  /** The number of calls of the session that may still be recorded. */
  #held = 0;
  #isOver = false;

  constructor(parts: SessionJournalParts) {
    const { limits, captures } = parts;
    this.#parts = parts;
    this.entries = new NewestItems(limits.journalEntries);
    this.#captures = new CaptureBound(limits.captureBytesPerSession, captures);
    parts.account.count(JOURNAL_BYTES);
    this.#publishSession('began', undefined);
  }

  /** Why and when the session ended. */
  get ended(): JournalEnd | undefined {
    return this.#ended;
  }

  /** The number of entries in it and in the journals of its ended sockets. */
  get entryCount(): number {
    return this.entries.length + this.#endedEntries;
  }

  /** How many journals of ended sockets were dropped to make room. */
  get forgottenSockets(): number {
    return this.#forgottenSockets;
  }

  /** Begins the journal of a new socket of the session. */
  beginSocket({
    socketId,
    version,
    provider,
    family,
    type,
  }: Omit<JournaledSocket, 'sessionId'>): SocketJournal {
    const { sessionId, limits, account } = this.#parts;
    const captures = new CaptureBound(limits.captureBytes, this.#captures);
    const of = { socketId, sessionId, version, provider, family, type };
    const journal = new SocketJournal(of, this, limits.journalEntries, captures);
    if (!this.#isForgotten) {
      this.#liveSockets.add(journal);
      account.count(JOURNAL_BYTES);
    }
    return journal;
  }

  /**
   * Microseconds since the session began. It is the difference of two rounded times, so that sums with
   * `beganAt` are exact.
   */
  elapsed(now: number): number {
    return microseconds(now) - this.beganAt;
  }

  /** When the session began: microseconds of the daemon's clock, which all sessions share. */
  get beganAt(): number {
    return microseconds(this.#parts.startedAt);
  }

  /** The sequence of the newest entry, even if it is no longer kept; 0 before the first. */
  get newest(): number {
    return this.#sequence;
  }

  /** The next entry's sequence. */
  nextSequence(): number {
    return ++this.#sequence;
  }

  /** A call has begun, and may still be recorded. To be released once, when its answer is settled. */
  hold(socket: SocketJournal | undefined): void {
    this.#held++;
    if (socket) socket.held++;
  }

  /** A call that was held with the same socket has ended, and its answer is settled. */
  release(socket: SocketJournal | undefined): void {
    this.#held--;
    if (socket) {
      socket.held--;
      this.#reportForgotten(socket);
    }
    this.#reportCompleted();
  }

  /** Records a call in the session's journal and in those of the sockets that it concerns. */
  add(entry: JournalEntry, ofSocket?: SocketJournal, created?: SocketJournal): void {
    const { account } = this.#parts;
    if (!this.#isForgotten) account.makeRoomFor(entry);
    let isOfSocket = false;
    // Checked again: making room may have dropped this journal.
    if (!this.#isForgotten) {
      account.keep(entry);
      const dropped = this.entries.push(entry);
      if (dropped) account.drop(dropped);
      // A duplicate may belong to another session of the owner.
      if (ofSocket?.session.addTo(ofSocket, entry)) isOfSocket = true;
      if (created?.session.addTo(created, entry)) isOfSocket = true;
    }
    // Payload counts in the journals of sockets, and is dropped with them.
    if (!isOfSocket) entry.data = undefined;
    const { socketId, createdSocketId: otherSocketId } = entry;
    this.#publish({ kind: 'operation', entry }, socketId, otherSocketId);
  }

  /**
   * The answer of a recorded call was not delivered.
   *
   * @param collected whether it was one of several, so that nothing was put back
   */
  undelivered(entry: JournalEntry, collected = false): void {
    entry.undelivered = true;
    entry.collected = collected;
    const { sequence, socketId, createdSocketId } = entry;
    this.#publish(
      { kind: 'undelivered', sequence, ...(collected && { collected }) },
      socketId,
      createdSocketId,
    );
  }

  /** The state of a socket has changed. */
  stateChanged(socketId: string, from: SocketState, to: SocketState): void {
    this.#publish({ kind: 'state', from, to }, socketId);
  }

  /** A relay of the session has changed; with the sockets of the pair, if it is about one. */
  relayChanged(change: RelayChange, clientId?: string, upstreamId?: string): void {
    this.#publish(change, clientId, upstreamId);
  }

  /** A socket has ended: its journal stays readable. */
  socketEnded(socket: SocketJournal, reason: IdEndReason, now: number): void {
    socket.end({ reason, at: this.elapsed(now) });
    if (!this.#liveSockets.delete(socket)) return;
    this.#endedSockets.set(socket.of.socketId, socket);
    this.#endedEntries += socket.entries.length;
    this.#forgetOldest();
  }

  /** A socket was undone before any client knew it: drops its journal. */
  discard(socket: SocketJournal): void {
    if (this.#liveSockets.delete(socket)) this.#dropJournal(socket);
  }

  /** The journal of a socket that has ended, while it is kept. */
  endedSocket(id: string): SocketJournal | undefined {
    return this.#endedSockets.get(id);
  }

  /** The session ends; its sockets may still be closing. */
  end(reason: IdEndReason, now: number): void {
    this.#ended ??= { reason, at: this.elapsed(now) };
  }

  /** Reports the end of the session, after everything in it has ended. */
  reportEnd(reason: IdEndReason): void {
    this.#publishSession('ended', reason);
    this.#isOver = true;
    this.#reportCompleted();
  }

  #reportCompleted(): void {
    const { owner, sessionId, events } = this.#parts;
    if (this.#isOver && this.#held === 0) events.complete(owner, { sessionId });
  }

  /**
   * Calls with the id of an ended socket are recorded as long as its journal is kept; then it is completed.
   */
  #reportForgotten({ of: { socketId }, ended, held }: SocketJournal): void {
    if (!ended || held > 0 || this.#endedSockets.has(socketId)) return;
    const { owner, sessionId, events } = this.#parts;
    events.complete(owner, { sessionId, socketId });
  }

  /**
   * The journal is no longer readable. Events keep its entries without their payload, which is also dropped
   * for sockets that have not ended yet.
   */
  forget(): void {
    if (this.#isForgotten) return;
    this.#isForgotten = true;
    for (const socket of [...this.#endedSockets.values(), ...this.#liveSockets]) this.#dropJournal(socket);
    this.#endedSockets.clear();
    this.#liveSockets.clear();
    this.#endedEntries = 0;
    for (const entry of this.entries.from(() => true)) this.#parts.account.drop(entry);
    this.#parts.account.count(-JOURNAL_BYTES);
  }

  /** Drops the journals of the older half of its ended sockets; false if there are none. */
  forgetSockets(): boolean {
    const half = Math.ceil(this.#endedSockets.size / 2);
    for (const socket of [...this.#endedSockets.values()].slice(0, half)) this.#forgetSocket(socket);
    return half > 0;
  }

  /** Drops the older half of its entries and of those of its live sockets; false if there are none. */
  dropHalf(): boolean {
    const { account } = this.#parts;
    const dropped = this.entries.dropHalf();
    for (const entry of dropped) account.drop(entry);
    let count = dropped.length;
    for (const socket of this.#liveSockets) {
      for (const entry of socket.dropHalf()) {
        account.drop(entry);
        count++;
      }
    }
    return count > 0;
  }

  /** Whether the journal of the socket is readable. */
  #keeps(socket: SocketJournal): boolean {
    return this.#liveSockets.has(socket) || this.#endedSockets.get(socket.of.socketId) === socket;
  }

  /** Drops what the journal of a socket keeps. */
  #dropJournal(socket: SocketJournal): void {
    const { account } = this.#parts;
    socket.captures.close();
    for (const entry of socket.entries.from(() => true)) account.drop(entry);
    account.count(-JOURNAL_BYTES);
  }

  /**
   * Adds an entry to the journal of one of its sockets; false if that is not kept. Calls on an ended socket
   * are recorded too, and count for the limit of ended sockets.
   */
  addTo(socket: SocketJournal, entry: JournalEntry): boolean {
    if (!this.#keeps(socket)) return false;
    const { account } = this.#parts;
    const before = socket.entries.length;
    account.keep(entry);
    const dropped = socket.add(entry);
    if (dropped) account.drop(dropped);
    if (this.#endedSockets.get(socket.of.socketId) === socket) {
      this.#endedEntries += socket.entries.length - before;
      this.#forgetOldest();
    }
    return true;
  }

  #forgetOldest(): void {
    for (const oldest of this.#endedSockets.values()) {
      if (this.#endedEntries <= this.#parts.limits.journalEntries) return;
      this.#forgetSocket(oldest);
    }
  }

  #forgetSocket(socket: SocketJournal): void {
    this.#endedSockets.delete(socket.of.socketId);
    this.#endedEntries -= socket.entries.length;
    this.#forgottenSockets++;
    this.#dropJournal(socket);
    this.#reportForgotten(socket);
  }

  #publishSession(change: 'began' | 'ended', reason: IdEndReason | undefined): void {
    this.#publish({ kind: 'session', change, reason });
  }

  #publish(body: EventBody, socketId?: string, otherSocketId?: string): void {
    const { owner, sessionId, events, account } = this.#parts;
    account.keepEvent(body);
    const dropped = events.publish(owner, body, sessionId, socketId, otherSocketId);
    if (dropped) account.dropEvent(dropped.body);
  }
}
