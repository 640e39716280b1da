import type { SocketAddress } from '../../winsock/addresses.js';
import type { ProviderName } from '../../winsock/protocol-info.js';
import type { Version } from '../../winsock/versions.js';
import type { IdEndReason } from '../ids/tombstones.js';
import type { CaptureBound } from './captured-payload.js';
import type { JournalEntry } from './journal-entry.js';
import { NewestItems } from './newest-items.js';

/** How closing a socket ended its connection. */
export interface ConnectionEnd {
  /** Whether the peer was reset: by an abortive close, or because its bytes were unread. */
  readonly reset: boolean;
  /** Bytes that had arrived and were not read. */
  readonly unread: number;
}

/** The end of a session or a socket. */
export interface JournalEnd {
  readonly reason: IdEndReason;
  /** Microseconds since the session began. */
  readonly at: number;
}

/** The properties of a socket, which its journal keeps after its end. */
export interface JournaledSocket {
  readonly socketId: string;
  readonly sessionId: string;
  /** The version of its session. */
  readonly version: Version;
  readonly provider: ProviderName;
  /** Windows numbers. */
  readonly family: number;
  readonly type: number;
}

/** What the journal of a socket needs from that of its session. */
export interface SessionOfEntries {
  /** The sequence of its newest entry. */
  readonly newest: number;
  /** Microseconds of the clock that all sessions share. */
  readonly beganAt: number;
  /** Adds an entry to the journal of one of its sockets; false if that is not kept. */
  addTo(socket: SocketJournal, entry: JournalEntry): boolean;
}

/** The history of one socket. It outlives the socket, so it keeps no reference to it. */
export class SocketJournal {
  readonly of: JournaledSocket;
  /** The journal of its session, which numbers its entries. */
  readonly session: SessionOfEntries;
  readonly entries: NewestItems<JournalEntry>;
  readonly captures: CaptureBound;
  /** Most bytes of sent or received data that an entry keeps; 0: none. */
  captureBytes = 0;
  localAddress: SocketAddress | undefined;
  remoteAddress: SocketAddress | undefined;
  /** How closing the socket ended its connection; undefined if it had none. */
  connectionEnd: ConnectionEnd | undefined;
  /** The number of calls that may still be recorded. */
  held = 0;
  #ended: JournalEnd | undefined;

  constructor(of: JournaledSocket, session: SessionOfEntries, mostEntries: number, captures: CaptureBound) {
    this.of = of;
    this.session = session;
    this.entries = new NewestItems(mostEntries);
    this.captures = captures;
  }

  /** Why and when the id ended. */
  get ended(): JournalEnd | undefined {
    return this.#ended;
  }

  end(ending: JournalEnd): void {
    this.#ended ??= ending;
    this.captures.end();
  }

  /** Adds an entry; returns the oldest one if it was dropped to make room. */
  add(entry: JournalEntry): JournalEntry | undefined {
    // The session's journal keeps no older entries than this one, so no payload outlives its entry.
    const dropped = this.entries.push(entry);
    if (dropped) this.captures.forget(dropped);
    this.captures.keep(entry);
    return dropped;
  }

  /** Drops the older half of its entries, and returns them. */
  dropHalf(): readonly JournalEntry[] {
    const dropped = this.entries.dropHalf();
    for (const entry of dropped) this.captures.forget(entry);
    return dropped;
  }
}
