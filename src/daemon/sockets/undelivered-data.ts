import type { SocketAddress } from '../../winsock/addresses.js';
import type { ControlMessage } from '../../winsock/control-messages.js';
import { type Outcome, ok } from '../../winsock/outcome.js';
import type { ByteAccount } from '../memory/byte-account.js';

/** What a receive gave: a copy of the bytes, and what is known of them. */
export interface Arrival {
  readonly data: Buffer;
  readonly eof: boolean;
  readonly truncated: boolean;
  readonly from?: SocketAddress | undefined;
  /** MSG_BCAST and MSG_MCAST of a datagram. */
  readonly flags?: number | undefined;
  /** What came with a datagram, whole, however little room the receive had for it. */
  readonly control?: readonly ControlMessage[] | undefined;
  /** Its place among all that was taken from the provider: the first byte of a later one has a higher number. */
  readonly order: number;
}

/**
 * What was received from the provider but could not be delivered: it stands before everything that is
 * still in the provider, in the order in which it was taken from there. A stream is one row of bytes; datagrams
 * keep their boundaries. Urgent data (MSG_OOB) is no part of the stream and is kept apart.
 */
export class UndeliveredData {
  readonly #isStream: boolean;
  readonly #account: Pick<ByteAccount, 'count'>;
  #items: Outcome<Arrival>[] = [];
  #urgent: Arrival | undefined;
  #counted = 0;
  #isOver = false;

  /** @param account where its bytes count */
  constructor(isStream: boolean, account: Pick<ByteAccount, 'count'>) {
    this.#isStream = isStream;
    this.#account = account;
  }

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  /** Bytes that one recv would give (stream) or that all messages have together (datagrams). */
  get bytes(): number {
    return this.#items.reduce((sum, item) => sum + dataOf(item).length, 0);
  }

  /** Drops what waits in the queue, as the provider has done with what waited behind it. */
  clear(): void {
    this.#hold([]);
  }

  /** The socket is gone: nothing is kept, now or later. */
  end(): void {
    this.#isOver = true;
    this.#urgent = undefined;
    this.clear();
  }

  /** Whether a receive with MSG_OOB was given back. */
  get hasUrgent(): boolean {
    return this.#urgent !== undefined;
  }

  /** Puts urgent data back. There is one urgent byte at a time: a newer one has taken its place. */
  putBackUrgent(item: Arrival): void {
    if (this.#isOver) return;
    if (this.#urgent === undefined || this.#urgent.order < item.order) this.#urgent = item;
    this.#hold(this.#items);
  }

  /** The urgent data that was given back; peeking leaves it there. */
  takeUrgent(peek: boolean): Outcome<Arrival> | undefined {
    const item = this.#urgent;
    if (!peek) this.#urgent = undefined;
    this.#hold(this.#items);
    return item && ok(item);
  }

  /** Puts something back in its place, whatever came back before it. */
  putBack(item: Outcome<Arrival>): void {
    if (this.#isOver) return;
    const later = this.#items.findIndex((other) => orderOf(other) > orderOf(item));
    const at = later < 0 ? this.#items.length : later;
    this.#hold([...this.#items.slice(0, at), item, ...this.#items.slice(at)]);
  }

  /** Takes the next, at most that many bytes; undefined when there is nothing. Peeking leaves it there. */
  take(maxBytes: number, peek: boolean): Outcome<Arrival> | undefined {
    const [first] = this.#items;
    const others = this.#isStream && first?.ok ? [] : this.#items.slice(1);
    if (!first?.ok) {
      if (!peek) this.#hold(others);
      return first;
    }
    // A stream is taken as one piece: who asks the provider for more behind it must leave none here.
    const data = this.#isStream ? Buffer.concat(this.#items.map(dataOf)) : first.value.data;
    const left = data.subarray(maxBytes);
    if (!peek && this.#isStream && left.length > 0) {
      // A small rest must not keep the whole alive, of which it is a part.
      const rest = left.length < maxBytes ? Buffer.from(left) : left;
      this.#hold([ok({ ...first.value, data: rest, order: first.value.order + maxBytes })]);
    } else if (!peek) this.#hold(others);
    const truncated = !this.#isStream && left.length > 0;
    return ok({ ...first.value, data: data.subarray(0, maxBytes), ...(truncated && { truncated }) });
  }

  /** From here on these are what is held, and counted, beside the urgent byte. */
  #hold(items: Outcome<Arrival>[]): void {
    this.#items = items;
    const bytes = this.bytes + (this.#urgent?.data.length ?? 0);
    this.#account.count(bytes - this.#counted);
    this.#counted = bytes;
  }
}

const NO_BYTES = Buffer.alloc(0);

const dataOf = (item: Outcome<Arrival>): Buffer => (item.ok ? item.value.data : NO_BYTES);

/** An error has no place among the bytes: it comes first. */
const orderOf = (item: Outcome<Arrival>): number => (item.ok ? item.value.order : -1);
