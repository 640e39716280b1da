import type { Later } from '../faults/call-faults.js';
import type { ByteAccount } from '../memory/byte-account.js';
import type { Timer } from '../waiting/clock.js';
import type { NativeSocket } from './native-socket.js';

/** The memory of one, apart from its data. */
const LATER_END_BYTES = 600;

/** The end of sending that a fault keeps from the system for a time. It settles once. */
export class LaterEnd {
  #by: NativeSocket;
  readonly #data: Uint8Array | undefined;
  readonly #timer: Timer;
  readonly #account: Pick<ByteAccount, 'count'>;
  readonly #settled: () => void;

  /**
   * @param by makes the native call
   * @param data disconnect data
   * @param account counts it
   */
  constructor(
    { ms, clock }: Later,
    by: NativeSocket,
    data: Uint8Array | undefined,
    account: Pick<ByteAccount, 'count'>,
    settled: () => void,
  ) {
    this.#by = by;
    this.#data = data;
    this.#account = account;
    this.#settled = settled;
    this.#timer = clock.setTimeout(ms, () => this.settle('close'));
    account.count(this.#bytes);
  }

  get #bytes(): number {
    return LATER_END_BYTES + (this.#data?.length ?? 0);
  }

  /** Whether it is an end with that disconnect data; zero bytes are no data, which every end has. */
  has(data: Uint8Array): boolean {
    return data.length === 0 || (this.#data !== undefined && Buffer.compare(data, this.#data) === 0);
  }

  /** The handle of one id is about to be closed: another one makes the native call. */
  moveFrom(id: NativeSocket, other: NativeSocket): void {
    if (this.#by === id) this.#by = other;
  }

  /** Ends sending natively now or, before a reset, not at all. */
  settle(how: 'close' | 'abort'): void {
    this.#timer.clear();
    this.#account.count(-this.#bytes);
    this.#settled();
    if (how === 'abort') return;
    // A failure means that the connection is lost, or that the provider refuses the data: nobody waits for
    // the answer any more, but the peer waits for the end.
    const ended = this.#by.use((provider, s) => provider.sendDisconnect(s, this.#data));
    if (!ended.ok && this.#data) this.#by.use((provider, s) => provider.sendDisconnect(s));
  }
}
