import type { ByteAccount, Evictable } from '../memory/byte-account.js';
import type { EventBody } from './event-log.js';
import type { JournalEntry } from './journal-entry.js';

/** The bytes of an event without the journal entry that it may contain. */
const EVENT_BYTES = 160;

/** So much is kept however full the account is: the newest entries show what has filled it. */
const ALWAYS_KEPT = 1024 * 1024;

/**
 * Counts what the journals, captures and events of one owner keep, in the account of the owner. No call fails
 * because of them: if it needs the room, the oldest are dropped.
 */
export class JournalAccount implements Evictable {
  readonly #account: ByteAccount;
  readonly #evict: () => boolean;
  #bytes = 0;

  /** @param evict drops some of the oldest; false: there is nothing left */
  constructor(account: ByteAccount, evict: () => boolean) {
    this.#account = account;
    this.#evict = evict;
    account.setEvictable(this);
  }

  /** Bytes kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes that may be dropped. */
  get evictableBytes(): number {
    return Math.max(0, this.#bytes - ALWAYS_KEPT);
  }

  /** Drops some of the oldest; false: what is left stays. */
  evictOldest(): boolean {
    return this.evictableBytes > 0 && this.#evict();
  }

  count(bytes: number): void {
    this.#bytes += bytes;
    this.#account.count(bytes);
  }

  /** An entry was added to a journal or an event. It counts once, however many contain it. */
  keep(entry: JournalEntry): void {
    if (entry.keptIn++ === 0) this.count(entry.bytes);
  }

  /** An entry was removed from a journal or an event. */
  drop(entry: JournalEntry): void {
    if (--entry.keptIn === 0) this.count(-entry.bytes);
  }

  keepEvent(body: EventBody): void {
    this.count(EVENT_BYTES);
    if (body.kind === 'operation') this.keep(body.entry);
  }

  dropEvent(body: EventBody): void {
    this.count(-EVENT_BYTES);
    if (body.kind === 'operation') this.drop(body.entry);
  }

  /** Drops the oldest until there is room for an entry. */
  makeRoomFor({ bytes, data }: JournalEntry): void {
    const needed = bytes + EVENT_BYTES + (data?.length ?? 0);
    // Drops as much as possible even if that is not enough, so that what is kept does not grow.
    while (!this.#account.fits(needed)) if (!this.evictOldest()) return;
  }
}
