import type { ByteAccount, Yielding } from '../memory/byte-account.js';
import type { EventBody } from './event-log.js';
import type { JournalEntry } from './journal-entry.js';

/** What an event takes beside the entry that it may tell of. */
const EVENT_BYTES = 160;

/** The newest entries stay however full the account is: what filled it can be read there. */
const ALWAYS_KEPT = 1024 * 1024;

/**
 * What the journals, captures and events of one owner keep, counted in his account. No call fails for want of the
 * room that they take: the oldest goes.
 */
export class JournalAccount implements Yielding {
  readonly #account: ByteAccount;
  readonly #shed: () => boolean;
  #bytes = 0;

  /** @param shed lets some of the oldest go; false: there is nothing left */
  constructor(account: ByteAccount, shed: () => boolean) {
    this.#account = account;
    this.#shed = shed;
    account.yields(this);
  }

  /** Bytes kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes that may go. */
  get spare(): number {
    return Math.max(0, this.#bytes - ALWAYS_KEPT);
  }

  /** Lets some of the oldest go; false: what is left stays. */
  shed(): boolean {
    return this.spare > 0 && this.#shed();
  }

  count(bytes: number): void {
    this.#bytes += bytes;
    this.#account.count(bytes);
  }

  /** An entry is in one more journal. It counts once, wherever it is. */
  keep(entry: JournalEntry): void {
    if (entry.keptIn++ === 0) this.count(entry.bytes);
  }

  /** An entry is in one journal less. */
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

  /** Lets the oldest go until an entry has room. */
  makeRoomFor({ bytes, data }: JournalEntry): void {
    const needed = bytes + EVENT_BYTES + (data?.length ?? 0);
    // Also where not all of what is needed can be made room for: no more is added than goes.
    while (!this.#account.fits(needed)) if (!this.shed()) return;
  }
}
