import type { WsaName } from '../../winsock/errors.js';
import { fail, type Outcome, ok } from '../../winsock/outcome.js';

/**
 * How a connect failed, and the disconnect data of the refusal. The socket keeps it until a connect
 * succeeds.
 */
export class ConnectFailure {
  readonly code: WsaName;
  readonly #disconnectData: Uint8Array | undefined;

  constructor(code: WsaName, disconnectData?: Uint8Array) {
    this.code = code;
    this.#disconnectData = disconnectData;
  }

  /**
   * Returns the disconnect data, each time it is called; WSAEFAULT when it is longer than the room.
   *
   * @returns undefined when there is none, or `room` is undefined
   */
  recvDisconnect(room: number | undefined, call: string): Outcome<Uint8Array> | undefined {
    const data = this.#disconnectData;
    if (data === undefined || room === undefined) return undefined;
    if (room >= data.length) return ok(data.slice());
    return fail('WSAEFAULT', call, { extra: { requiredLength: data.length } });
  }
}
