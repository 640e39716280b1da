import type { SocketAddress } from '../../winsock/addresses.js';
import type { ControlMessage } from '../../winsock/control-messages.js';
import { type Outcome, ok } from '../../winsock/outcome.js';
import type { ByteAccount } from '../memory/byte-account.js';

/** What a receive returned: a copy of the bytes, and what is known about them. */
export interface Arrival {
  readonly data: Buffer;
  readonly eof: boolean;
  readonly truncated: boolean;
  readonly from?: SocketAddress | undefined;
  /** MSG_BCAST and MSG_MCAST of a datagram. */
  readonly flags?: number | undefined;
  /** The control data of a datagram, complete even if the receive had less room. */
  readonly control?: readonly ControlMessage[] | undefined;
  /** Its position in all that was taken from the provider: what was taken later has a higher number. */
  readonly order: number;
}

/**
 * What was received from the provider but not delivered. It precedes everything that is still in the
 * provider, and is kept in the order in which it was taken. On a stream it is one sequence of bytes;
 * datagrams keep their boundaries. Urgent data (MSG_OOB) is not part of the stream and is kept apart.
 */
export class UndeliveredData {
  readonly #isStream: boolean;
  readonly #account: Pick<ByteAccount, 'count'>;
  #items: Outcome<Arrival>[] = [];
  #urgent: Arrival | undefined;
  #counted = 0;
  #isEnded = false;

  /** @param account counts its bytes */
  constructor(isStream: boolean, account: Pick<ByteAccount, 'count'>) {
    this.#isStream = isStream;
    this.#account = account;
  }

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  /** The bytes that one recv would return (stream) or the sum of all messages (datagrams). */
  get bytes(): number {
    return this.#items.reduce((sum, item) => sum + dataOf(item).length, 0);
  }

  /** Drops the queue, as the provider has dropped its own. */
  clear(): void {
    this.#replaceItems([]);
  }

  /** The socket has ended: nothing is kept, now or later. */
  end(): void {
    this.#isEnded = true;
    this.#urgent = undefined;
    this.clear();
  }

  /** Whether urgent data was put back. */
  get hasUrgent(): boolean {
    return this.#urgent !== undefined;
  }

  /** Puts urgent data back. There is one urgent byte at a time: a newer one replaces it. */
  putBackUrgent(item: Arrival): void {
    if (this.#isEnded) return;
    if (this.#urgent === undefined || this.#urgent.order < item.order) this.#urgent = item;
    this.#replaceItems(this.#items);
  }

  /** Takes the urgent data that was put back; peeking leaves it there. */
  takeUrgent(peek: boolean): Outcome<Arrival> | undefined {
    const item = this.#urgent;
    if (!peek) this.#urgent = undefined;
    this.#replaceItems(this.#items);
    return item && ok(item);
  }

  /** Puts an item back at its position, in whichever order items are put back. */
  putBack(item: Outcome<Arrival>): void {
    if (this.#isEnded) return;
    const later = this.#items.findIndex((other) => orderOf(other) > orderOf(item));
    const at = later < 0 ? this.#items.length : later;
    this.#replaceItems([...this.#items.slice(0, at), item, ...this.#items.slice(at)]);
  }

  /** Takes the next item, at most that many bytes; undefined if there is none. Peeking leaves it there. */
  take(maxBytes: number, peek: boolean): Outcome<Arrival> | undefined {
    const [first] = this.#items;
    const others = this.#isStream && first?.ok ? [] : this.#items.slice(1);
    if (!first?.ok) {
      if (!peek) this.#replaceItems(others);
      return first;
    }
    // A stream is taken as one piece: the caller may ask the provider for more, which must follow directly.
    const data = this.#isStream ? Buffer.concat(this.#items.map(dataOf)) : first.value.data;
    const left = data.subarray(maxBytes);
    if (!peek && this.#isStream && left.length > 0) {
      // A small rest is copied, so that it does not keep the whole buffer in memory.
      const rest = left.length < maxBytes ? Buffer.from(left) : left;
      this.#replaceItems([ok({ ...first.value, data: rest, order: first.value.order + maxBytes })]);
    } else if (!peek) this.#replaceItems(others);
    const truncated = !this.#isStream && left.length > 0;
    return ok({ ...first.value, data: data.subarray(0, maxBytes), ...(truncated && { truncated }) });
  }

  /** Replaces the held items, and counts them together with the urgent byte. */
  #replaceItems(items: Outcome<Arrival>[]): void {
    this.#items = items;
    const bytes = this.bytes + (this.#urgent?.data.length ?? 0);
    this.#account.count(bytes - this.#counted);
    this.#counted = bytes;
  }
}

const NO_BYTES = Buffer.alloc(0);

const dataOf = (item: Outcome<Arrival>): Buffer => (item.ok ? item.value.data : NO_BYTES);

/** An error has no position among the bytes: it comes first. */
const orderOf = (item: Outcome<Arrival>): number => (item.ok ? item.value.order : -1);
