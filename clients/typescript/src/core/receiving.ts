import { countDown } from './calls.js';
import { RigError, WinsockError } from './errors.js';
import { Lane } from './lane.js';
import type { RecvFlag, SocketAddress } from './operations.gen.js';
import type { Result, SocketCall, Wait } from './operations.js';
import type { Platform } from './platform.js';

/** Bytes that a receive takes at most, unless it says otherwise. */
const RECV_BYTES = 64 * 1024;

/** How much too early a timer of the daemon may be, in milliseconds. */
const EARLY_MS = 50;

const NONE = new Uint8Array();

export interface RecvOptions extends Wait {
  /** Most bytes to take; 65,536 unless given, at most 4 MiB. */
  readonly maxBytes?: number | undefined;
  readonly flags?: readonly RecvFlag[] | undefined;
}

/** A datagram that was received. */
export interface Datagram {
  readonly data: Uint8Array;
  /** Its sender. */
  readonly address: SocketAddress | undefined;
  /** Whether it was longer than `maxBytes`; its rest is lost. */
  readonly truncated: boolean;
}

/** What one receive of the daemon has taken. */
interface Received {
  readonly bytes: Uint8Array;
  readonly eof: boolean;
}

/**
 * The receives and accepts of a socket, one after another. What one takes that was given up is kept for the next of
 * its kind.
 */
export class Receiving {
  readonly #call: SocketCall;
  readonly #platform: Platform;
  readonly #waitMs: number;
  readonly #drop: (socketId: string) => void;
  readonly #lane = new Lane();
  /** Bytes of the stream that were kept. */
  #bytes: Uint8Array = NONE;
  /** Datagrams that were kept: there is at most one. */
  readonly #datagrams: Result<'recvFrom'>[] = [];
  /** Connections that were kept. */
  readonly #connections: Result<'accept'>[] = [];
  #isOver = false;

  /**
   * @param waitMs the longest wait of the daemon, in milliseconds
   * @param drop closes a connection that nobody has, as the end of its listener does
   */
  constructor(call: SocketCall, platform: Platform, waitMs: number, drop: (socketId: string) => void) {
    this.#call = call;
    this.#platform = platform;
    this.#waitMs = waitMs;
    this.#drop = drop;
  }

  /** Takes a connection that has come. */
  accept(wait: Wait): Promise<Result<'accept'>> {
    return this.#lane.run(wait, async ({ signal, timeoutMs }) => {
      const onCrossed = (result: Result<'accept'>) => this.#keepConnection(result);
      return this.#connections.shift() ?? this.#call('accept', { timeoutMs }, { signal, onCrossed });
    });
  }

  /** Receives bytes of a stream, or a datagram. */
  recv({ maxBytes = RECV_BYTES, flags = [], ...wait }: RecvOptions): Promise<Uint8Array> {
    return this.#lane.run(wait, async (left) => {
      const options = { ...left, maxBytes, flags };
      // An urgent byte has no place among those of the stream.
      if (flags.includes('MSG_OOB') || (flags.includes('MSG_PEEK') && this.#bytes.length === 0)) {
        return (await this.#received(options, undefined)).bytes;
      }
      if (flags.includes('MSG_PEEK')) return this.#bytes.subarray(0, maxBytes);
      if (flags.includes('MSG_WAITALL')) return this.#whole(options);
      return this.#kept(maxBytes) ?? (await this.#received(options)).bytes;
    });
  }

  /** Receives a datagram and the address of its sender. */
  recvFrom({ maxBytes = RECV_BYTES, flags = [], ...wait }: RecvOptions): Promise<Datagram> {
    const peeks = flags.includes('MSG_PEEK');
    return this.#lane.run(wait, async ({ signal, timeoutMs }) => {
      const keep = (result: Result<'recvFrom'>) => this.#datagrams.push(result);
      const onCrossed = peeks ? undefined : keep;
      const kept = peeks ? this.#datagrams[0] : this.#datagrams.shift();
      const params = { maxBytes, flags, timeoutMs };
      const { data, address, truncated } =
        kept ?? (await this.#call('recvFrom', params, { signal, onCrossed }));
      const bytes = this.#platform.fromBase64(data.base64);
      return { data: bytes.subarray(0, maxBytes), address, truncated: truncated || bytes.length > maxBytes };
    });
  }

  /** Forgets what was kept: its socket is closed. */
  end(): void {
    this.#isOver = true;
    this.#bytes = NONE;
    this.#datagrams.length = 0;
    for (const { socketId } of this.#connections.splice(0)) this.#drop(socketId);
  }

  /**
   * Receives with MSG_WAITALL. The daemon ends such a receive with a part when its own longest wait has passed; that
   * does not show. When anything else ends it, the part is the result, as it is the daemon's.
   */
  async #whole({
    maxBytes,
    signal,
    timeoutMs,
    ...options
  }: RecvOptions & {
    maxBytes: number;
  }): Promise<Uint8Array> {
    const left = countDown(timeoutMs);
    let whole = this.#kept(maxBytes) ?? NONE;
    try {
      for (;;) {
        if (whole.length > 0 && whole.length === maxBytes) return whole;
        const began = performance.now();
        const rest = { ...options, maxBytes: maxBytes - whole.length, signal, ...left() };
        const { bytes, eof } = await this.#received(rest);
        whole = whole.length === 0 ? bytes : this.#platform.join(whole, bytes);
        if (eof || performance.now() - began < this.#waitMs - EARLY_MS) return whole;
      }
    } catch (error) {
      if (whole.length > 0 && error instanceof RigError) return whole;
      this.#bytes = this.#platform.join(whole, this.#bytes);
      throw error;
    }
  }

  /** Takes of the bytes that were kept; undefined if none were. */
  #kept(maxBytes: number): Uint8Array | undefined {
    if (this.#bytes.length === 0) return undefined;
    const kept = this.#bytes.subarray(0, maxBytes);
    this.#bytes = this.#bytes.subarray(kept.length);
    return kept;
  }

  async #received(
    { maxBytes, flags, signal, timeoutMs }: RecvOptions,
    onCrossed: ((result: Result<'recv'>) => void) | undefined = (result) => this.#keepBytes(result),
  ): Promise<Received> {
    const { data, eof } = await this.#call('recv', { maxBytes, flags, timeoutMs }, { signal, onCrossed });
    return { bytes: this.#platform.fromBase64(data.base64), eof };
  }

  #keepBytes({ data }: Result<'recv'>): void {
    this.#bytes = this.#platform.join(this.#bytes, this.#platform.fromBase64(data.base64));
  }

  #keepConnection(accepted: Result<'accept'>): void {
    if (this.#isOver) this.#drop(accepted.socketId);
    else this.#connections.push(accepted);
  }
}

/** Bytes of a stream; none, as at its end, if this side receives no more, by `recvDisconnect` for example. */
export const untilShutDown = async (received: Promise<Uint8Array>): Promise<Uint8Array> => {
  try {
    return await received;
  } catch (error) {
    if (error instanceof WinsockError && error.name === 'WSAESHUTDOWN') return NONE;
    throw error;
  }
};
