import type { SocketState } from '../../winsock/socket-state.js';
import type { EndOfId } from '../ids/tombstones.js';
import { CaptureBound } from './captured-payload.js';
import type { EventLog } from './event-log.js';
import type { JournalEntry } from './journal-entry.js';
import { Ring } from './ring.js';
import { type JournalEnd, type JournaledSocket, SocketJournal } from './socket-journal.js';

/** How much of the past is kept. */
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
  /** What the owner's sockets may keep of payload. */
  readonly captures: CaptureBound;
  readonly events: EventLog;
}

const microseconds = (ms: number): number => Math.round(ms * 1000);

/**
 * The past of one session: its calls, and its sockets that have ended. Those keep their journals as long
 * as all of them together hold no more entries than one journal may; the oldest are forgotten first.
 */
export class SessionJournal {
  readonly entries: Ring<JournalEntry>;
  readonly #parts: SessionJournalParts;
  readonly #captures: CaptureBound;
  /** In the order of their ends. */
  readonly #endedSockets = new Map<string, SocketJournal>();
  #endedEntries = 0;
  #forgottenSockets = 0;
  #ended: JournalEnd | undefined;
  #isForgotten = false;
  #sequence = 0;
  /** Calls of the session that may still be recorded. */
  #held = 0;
  #isOver = false;

  constructor(parts: SessionJournalParts) {
    const { limits, captures } = parts;
    this.#parts = parts;
    this.entries = new Ring(limits.journalEntries);
    this.#captures = new CaptureBound(limits.captureBytesPerSession, captures);
    this.#publishSession('began', undefined);
  }

  /** Why and when the session ended. */
  get ended(): JournalEnd | undefined {
    return this.#ended;
  }

  /** Entries in it and in the journals of its ended sockets. */
  get weight(): number {
    return this.entries.length + this.#endedEntries;
  }

  /** How many ended sockets' journals were forgotten to make room. */
  get forgottenSockets(): number {
    return this.#forgottenSockets;
  }

  /** The journal of a new socket of the session. */
  begin(socket: Omit<JournaledSocket, 'sessionId'>): SocketJournal {
    const { sessionId, limits } = this.#parts;
    const captures = new CaptureBound(limits.captureBytes, this.#captures);
    return new SocketJournal({ ...socket, sessionId }, this, limits.journalEntries, captures);
  }

  /** Microseconds since the session began: the difference of two rounded times, so that sums with `beganAt` are exact. */
  elapsed(now: number): number {
    return microseconds(now) - this.beganAt;
  }

  /** When the session began: microseconds of the daemon's clock, which all of its sessions have in common. */
  get beganAt(): number {
    return microseconds(this.#parts.startedAt);
  }

  /** The sequence of the newest entry, whether it is kept or not; 0 before the first. */
  get newest(): number {
    return this.#sequence;
  }

  /** The next entry's sequence. */
  nextSequence(): number {
    return ++this.#sequence;
  }

  /** A call is under way, or its answer: it may still be recorded. Gives the way to say, once, that it is over. */
  hold(socket: SocketJournal | undefined): () => void {
    this.#held++;
    if (socket) socket.held++;
    return () => {
      this.#held--;
      if (socket) {
        socket.held--;
        this.#tellForgotten(socket);
      }
      this.#tellOver();
    };
  }

  /** Records a call in the session's journal and in those of the sockets that it belongs to. */
  add(entry: JournalEntry, ...sockets: readonly (SocketJournal | undefined)[]): void {
    this.entries.push(entry);
    for (const socket of sockets) if (socket) this.#addTo(socket, entry);
    const { socketId, createdSocketId: otherSocketId } = entry;
    this.#publish({ kind: 'operation', entry }, socketId, otherSocketId);
  }

  /** The answer of a recorded call did not arrive. */
  undelivered(entry: JournalEntry): void {
    entry.undelivered = true;
    this.#publish({ kind: 'undelivered', sequence: entry.sequence }, entry.socketId, entry.createdSocketId);
  }

  /** A socket came into another state. */
  stateChanged(socketId: string, from: SocketState, to: SocketState): void {
    this.#publish({ kind: 'state', from, to }, socketId);
  }

  /** A socket ended: its journal goes on to be readable. */
  socketEnded(socket: SocketJournal, reason: EndOfId, now: number): void {
    socket.end({ reason, at: this.elapsed(now) });
    if (this.#isForgotten) {
      socket.captures.close();
      return;
    }
    this.#endedSockets.set(socket.of.socketId, socket);
    this.#endedEntries += socket.entries.length;
    this.#forgetOldest();
  }

  /** The journal of a socket that has ended, while it is kept. */
  endedSocket(id: string): SocketJournal | undefined {
    return this.#endedSockets.get(id);
  }

  /** The session ends; its sockets may still be closing. */
  end(reason: EndOfId, now: number): void {
    this.#ended ??= { reason, at: this.elapsed(now) };
  }

  /** Everything in the session has ended. */
  tellEnd(reason: EndOfId): void {
    this.#publishSession('ended', reason);
    this.#isOver = true;
    this.#tellOver();
  }

  #tellOver(): void {
    const { owner, sessionId, events } = this.#parts;
    if (this.#isOver && this.#held === 0) events.over(owner, { sessionId });
  }

  /** Calls with the id of an ended socket are recorded as long as its journal is kept. */
  #tellForgotten({ of: { socketId }, ended, held }: SocketJournal): void {
    if (!ended || held > 0 || this.#endedSockets.has(socketId)) return;
    const { owner, sessionId, events } = this.#parts;
    events.over(owner, { sessionId, socketId });
  }

  /** Nobody can read it any more. The events may live on, but without payload; also that of sockets that end only now. */
  forget(): void {
    this.#isForgotten = true;
    for (const socket of this.#endedSockets.values()) socket.captures.close();
    this.#endedSockets.clear();
    this.#endedEntries = 0;
  }

  /** A call on a socket that has ended is one entry more: its end may be far from the last. */
  #addTo(socket: SocketJournal, entry: JournalEntry): void {
    const before = socket.entries.length;
    socket.add(entry);
    if (this.#endedSockets.get(socket.of.socketId) !== socket) return;
    this.#endedEntries += socket.entries.length - before;
    this.#forgetOldest();
  }

  #forgetOldest(): void {
    for (const [id, oldest] of this.#endedSockets) {
      if (this.#endedEntries <= this.#parts.limits.journalEntries) return;
      this.#endedSockets.delete(id);
      this.#endedEntries -= oldest.entries.length;
      this.#forgottenSockets++;
      oldest.captures.close();
      this.#tellForgotten(oldest);
    }
  }

  #publishSession(change: 'began' | 'ended', reason: EndOfId | undefined): void {
    this.#publish({ kind: 'session', change, reason });
  }

  #publish(
    body: Parameters<EventLog['publish']>[1]['body'],
    socketId?: string,
    otherSocketId?: string,
  ): void {
    const { owner, sessionId, events } = this.#parts;
    events.publish(owner, { sessionId, socketId, otherSocketId, body });
  }
}
