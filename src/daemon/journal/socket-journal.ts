import type { SocketAddress } from '../../winsock/addresses.js';
import type { ProviderName } from '../../winsock/protocol-info.js';
import type { Version } from '../../winsock/versions.js';
import type { EndOfId } from '../ids/tombstones.js';
import type { CaptureBound } from './captured-payload.js';
import type { JournalEntry } from './journal-entry.js';
import { Ring } from './ring.js';

/** How a connection ended with its socket. */
export interface ConnectionEnd {
  /** The peer is reset: by an abortive close, or because bytes of it were unread. */
  readonly reset: boolean;
  /** Bytes that had arrived and were not read. */
  readonly unread: number;
}

/** How something ended. */
export interface JournalEnd {
  readonly reason: EndOfId;
  /** Microseconds since the session began. */
  readonly at: number;
}

/** What a socket was; its journal says it also when the socket is gone. */
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

/** What the entries of a socket have from their session. */
export interface SessionOfEntries {
  /** The sequence of its newest entry. */
  readonly newest: number;
  /** Microseconds of the clock that all sessions share. */
  readonly beganAt: number;
  /** Adds an entry to the journal of one of its sockets; false where that is not kept. */
  addTo(socket: SocketJournal, entry: JournalEntry): boolean;
}

/** The past of one socket, which outlives it: nothing of the socket itself is kept alive by it. */
export class SocketJournal {
  readonly of: JournaledSocket;
  /** Of its session, which numbers its entries. */
  readonly session: SessionOfEntries;
  readonly entries: Ring<JournalEntry>;
  readonly captures: CaptureBound;
  /** Most bytes that an entry keeps of what was sent or received; 0: none. */
  captureBytes = 0;
  localAddress: SocketAddress | undefined;
  remoteAddress: SocketAddress | undefined;
  /** What the end of the socket did to its connection; undefined where it ended none. */
  connectionEnd: ConnectionEnd | undefined;
  /** Calls that may still be recorded. */
  held = 0;
  #ended: JournalEnd | undefined;

  constructor(of: JournaledSocket, session: SessionOfEntries, mostEntries: number, captures: CaptureBound) {
    this.of = of;
    this.session = session;
    this.entries = new Ring(mostEntries);
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

  /** Adds an entry, and gives the one that had to make room for it. */
  add(entry: JournalEntry): JournalEntry | undefined {
    // The session's journal keeps no older entries than this one: no payload may outlive its entry.
    const dropped = this.entries.push(entry);
    if (dropped) this.captures.forget(dropped);
    this.captures.keep(entry);
    return dropped;
  }

  /** Drops the older half of its entries, and gives them. */
  dropHalf(): readonly JournalEntry[] {
    const dropped = this.entries.dropHalf();
    for (const entry of dropped) this.captures.forget(entry);
    return dropped;
  }
}
