import type { SocketAddress } from '../winsock/addresses.js';
import type { EventLog } from './event-log.js';
import type { Invention } from './faults.js';
import type { RefusalName } from './refusals.js';
import { Ring } from './ring.js';
import type { SocketState } from './socket-state.js';
import type { EndOfId } from './tombstones.js';

/** What happened in one call. Kept as it is; text is made of it only when somebody reads it. */
export interface JournalEntry {
  /** From 1, without gaps, per session, in the order in which the calls ended. */
  readonly sequence: number;
  /** When the call ended: microseconds since the session began, monotonic. */
  readonly at: number;
  /** When the call ended by the wall clock: milliseconds since the epoch. */
  readonly wall: number;
  readonly operation: string;
  readonly requestId: string;
  readonly socketId: string | undefined;
  /** The socket that the call created: of `socket`, `accept`. */
  readonly createdSocketId: string | undefined;
  /** The parameters without any payload; absent where they were not valid. */
  readonly params: object | undefined;
  readonly outcome: 'ok' | 'failed' | 'refused';
  /** Of a failure: the Windows Sockets error code. */
  readonly code: number | undefined;
  /** Of a refusal of the daemon. */
  readonly refusal: RefusalName | undefined;
  readonly bytesSent: number | undefined;
  readonly bytesReceived: number | undefined;
  /** The receive found the end of the peer's stream. */
  readonly eof: boolean | undefined;
  readonly stateBefore: SocketState | undefined;
  readonly stateAfter: SocketState | undefined;
  /** Microseconds in native calls and their surroundings. */
  readonly nativeUs: number;
  /** Microseconds waited. */
  readonly waitUs: number;
  /** The faults that had a hand in it, by rule id. */
  readonly faults: readonly string[];
  /** The one that made the answer. */
  readonly invented: Invention | undefined;
  /** Rules that the call armed, by id. */
  readonly armed: readonly string[] | undefined;
  /** The offer that the call showed. */
  readonly offerId: string | undefined;
  readonly localAddress: SocketAddress | undefined;
  readonly remoteAddress: SocketAddress | undefined;
  /** The first bytes sent or received, where the socket captures; let go when newer ones need the room. */
  data: Buffer | undefined;
  /** The answer did not arrive: what the call consumed went back. */
  undelivered: boolean;
}

/** How much of the past is kept. */
export interface JournalLimits {
  /** Entries of one socket, and of one session. */
  readonly journalEntries: number;
  /** Captured bytes of one socket. */
  readonly captureBytes: number;
}

/** How a connection ended with its socket. */
export interface ConnectionEnd {
  /** The peer is reset: by an abortive close, or because bytes of it were unread. */
  readonly reset: boolean;
  /** Bytes that had arrived and were not read. */
  readonly unread: number;
}

/** The past of one socket, which outlives it. */
export class SocketJournal {
  readonly entries: Ring<JournalEntry>;
  /** Most bytes that an entry keeps of what was sent or received; 0: none. */
  captureBytes = 0;
  localAddress: SocketAddress | undefined;
  remoteAddress: SocketAddress | undefined;
  /** What the end of the socket did to its connection; undefined where it ended none. */
  connectionEnd: ConnectionEnd | undefined;
  /** Calls that may still be recorded. */
  held = 0;
  #ended: { readonly reason: EndOfId; readonly at: number } | undefined;
  readonly #mostEntries: number;
  readonly #mostCaptured: number;
  #captures: JournalEntry[] = [];
  #captured = 0;

  constructor(limits: JournalLimits) {
    this.entries = new Ring(limits.journalEntries);
    this.#mostEntries = limits.journalEntries;
    this.#mostCaptured = limits.captureBytes;
  }

  /** Why and when the id ended: microseconds since the session began. */
  get ended(): { readonly reason: EndOfId; readonly at: number } | undefined {
    return this.#ended;
  }

  end(reason: EndOfId, at: number): void {
    this.#ended ??= { reason, at };
  }

  add(entry: JournalEntry): void {
    this.entries.push(entry);
    if (entry.data === undefined) return;
    this.#captures.push(entry);
    this.#captured += entry.data.length;
    // A count too: entries that the ring has dropped must not live on for a few bytes each.
    while (this.#captured > this.#mostCaptured || this.#captures.length > this.#mostEntries) {
      const oldest = this.#captures.shift();
      if (!oldest) break;
      this.#captured -= oldest.data?.length ?? 0;
      oldest.data = undefined;
    }
  }

  /** Lets go of all payload: the session's entries and the events may live on. */
  forgetCaptures(): void {
    for (const entry of this.#captures) entry.data = undefined;
    this.#captures = [];
    this.#captured = 0;
  }
}

/** A socket as far as its journal is concerned. */
interface Journaled {
  readonly id: string;
  readonly journal: SocketJournal;
}

export interface SessionJournalParts {
  readonly owner: string;
  readonly sessionId: string;
  /** The clock's time when the session began, milliseconds. */
  readonly startedAt: number;
  readonly limits: JournalLimits;
  readonly events: EventLog;
}

/**
 * The past of one session: its calls, and its sockets that have ended. Those keep their journals as long
 * as all of them together hold no more entries than one journal may; the oldest are forgotten first.
 */
export class SessionJournal<S extends Journaled> {
  readonly entries: Ring<JournalEntry>;
  readonly #parts: SessionJournalParts;
  readonly #ended = new Map<string, { readonly socket: S; readonly weight: number }>();
  #endedWeight = 0;
  #sequence = 0;
  /** Calls of the session that may still be recorded. */
  #held = 0;
  #isOver = false;

  constructor(parts: SessionJournalParts) {
    this.#parts = parts;
    this.entries = new Ring(parts.limits.journalEntries);
    this.#publishSession('began', undefined);
  }

  get limits(): JournalLimits {
    return this.#parts.limits;
  }

  /** Microseconds since the session began. */
  elapsed(now: number): number {
    return Math.round((now - this.#parts.startedAt) * 1000);
  }

  /** The next entry's sequence. */
  nextSequence(): number {
    return ++this.#sequence;
  }

  /** A call is under way, or its answer: it may still be recorded. Gives the way to say, once, that it is over. */
  hold(socket: S | undefined): () => void {
    this.#held++;
    if (socket) socket.journal.held++;
    return () => {
      this.#held--;
      if (socket) {
        socket.journal.held--;
        this.#tellForgotten(socket);
      }
      this.#tellOver();
    };
  }

  /** Records a call in the session's journal and in those of the sockets that it belongs to. */
  add(entry: JournalEntry, ...sockets: readonly (S | undefined)[]): void {
    this.entries.push(entry);
    for (const socket of sockets) socket?.journal.add(entry);
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
  socketEnded(socket: S, reason: EndOfId, now: number): void {
    socket.journal.end(reason, this.elapsed(now));
    // The call that ends it will be one entry more.
    const weight = socket.journal.entries.length + 1;
    this.#ended.set(socket.id, { socket, weight });
    this.#endedWeight += weight;
    for (const [id, oldest] of this.#ended) {
      if (this.#endedWeight <= this.limits.journalEntries || this.#ended.size === 1) break;
      this.#ended.delete(id);
      this.#endedWeight -= oldest.weight;
      oldest.socket.journal.forgetCaptures();
      this.#tellForgotten(oldest.socket);
    }
  }

  /** The socket that has ended, while its journal is kept. */
  endedSocket(id: string): S | undefined {
    return this.#ended.get(id)?.socket;
  }

  /** The session ended, and with it its past. */
  end(reason: EndOfId): void {
    this.#publishSession('ended', reason);
    for (const { socket } of this.#ended.values()) socket.journal.forgetCaptures();
    this.#ended.clear();
    this.#isOver = true;
    this.#tellOver();
  }

  #tellOver(): void {
    const { owner, sessionId, events } = this.#parts;
    if (this.#isOver && this.#held === 0) events.over(owner, { sessionId });
  }

  /** Calls with the id of an ended socket are recorded as long as its journal is kept. */
  #tellForgotten({ id: socketId, journal }: S): void {
    if (!journal.ended || journal.held > 0 || this.#ended.has(socketId)) return;
    const { owner, sessionId, events } = this.#parts;
    events.over(owner, { sessionId, socketId });
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
