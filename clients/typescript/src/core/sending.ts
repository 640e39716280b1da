import { countDown } from './calls.js';
import { errorOf, PartlySentError, RigError } from './errors.js';
import { Lane } from './lane.js';
import type { SendFlag } from './operations.gen.js';
import type { Result, SocketCall, Wait } from './operations.js';
import type { Platform } from './platform.js';

/** Bytes that one call of the daemon sends at most. */
const PIECE_BYTES = 256 * 1024;

export interface SendOptions extends Wait {
  readonly flags?: readonly SendFlag[] | undefined;
}

/** The sends of a socket: each is whole before the next one begins. */
export class Sending {
  readonly #call: SocketCall;
  readonly #platform: Platform;
  readonly #lane = new Lane();
  readonly #isStream: boolean;

  /** @param isStream whether its bytes may go in pieces; a datagram is one call */
  constructor(call: SocketCall, platform: Platform, isStream: boolean) {
    this.#call = call;
    this.#platform = platform;
    this.#isStream = isStream;
  }

  /** Sends all bytes: `Socket.send`. */
  send(bytes: Uint8Array, { flags, ...wait }: SendOptions): Promise<number> {
    const most = this.#isStream ? PIECE_BYTES : bytes.length;
    return this.#lane.run(wait, async ({ signal, timeoutMs }) => {
      const left = countDown(timeoutMs);
      let sent = 0;
      const count = ({ bytesSent }: Result<'send'>) => {
        sent += bytesSent;
      };
      try {
        do {
          const base64 = this.#platform.toBase64(bytes.subarray(sent, sent + most));
          count(
            await this.#call('send', { data: { base64 }, flags, ...left() }, { signal, onCrossed: count }),
          );
        } while (sent < bytes.length);
      } catch (error) {
        if (sent === 0) throw error;
        if (error instanceof RigError) throw errorOf(error.problem, sent);
        if (signal?.aborted) throw new PartlySentError(sent, error);
        throw error;
      }
      return sent;
    });
  }
}

/** A text is sent as UTF-8. */
export const bytesOf = (data: Uint8Array | string): Uint8Array =>
  typeof data === 'string' ? new TextEncoder().encode(data) : data;
