import type { WsaName } from '../../winsock/errors.js';
import { fail, type Outcome, ok } from '../../winsock/outcome.js';

/** How a connect failed, and what came with the refusal: all that is left of it until a connect succeeds. */
export class ConnectFailure {
  readonly code: WsaName;
  readonly #disconnectData: Uint8Array | undefined;

  constructor(code: WsaName, disconnectData?: Uint8Array) {
    this.code = code;
    this.#disconnectData = disconnectData;
  }

  /**
   * Gives the disconnect data as often as it is asked for; WSAEFAULT when it is longer than the room.
   *
   * @returns undefined when there is none, or none is wanted
   */
  recvDisconnect(room: number | undefined, call: string): Outcome<Uint8Array> | undefined {
    const data = this.#disconnectData;
    if (data === undefined || room === undefined) return undefined;
    if (room >= data.length) return ok(data.slice());
    return fail('WSAEFAULT', call, { extra: { requiredLength: data.length } });
  }
}
