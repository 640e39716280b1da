import { invalid, type Refusal, refuse } from '../../daemon/answers/refusals.js';
import type { Account } from '../memory/kept-bytes.js';
import { CONNECTION_METHODS } from './connection-methods.js';
import type { RpcCall } from './rpc-call.js';
import { invalidRequest, type RpcId } from './rpc-request.js';

const TOO_MANY = refuse(
  'quota',
  'As many requests of this WebSocket are under way as limits.callsPerOwner allows; end some.',
);

const UNDER_WAY = invalidRequest('A request with this id is under way.');

/** The requests of one WebSocket that are not answered yet. */
export class CallsUnderWay {
  readonly #account: Account;
  readonly #most: number;
  readonly #calls = new Set<RpcCall>();
  readonly #byId = new Map<unknown, RpcCall>();

  /**
   * @param account of the owner: the bytes of long requests count in it
   * @param most how many there may be
   */
  constructor(account: Account, most: number) {
    this.#account = account;
    this.#most = most;
  }

  /** The refusal of a request whose id is that of another one. */
  refuseId(id: RpcId | undefined): Refusal | undefined {
    return isName(id) && this.#byId.has(id) ? UNDER_WAY : undefined;
  }

  /** Adds a request, until `leave`, or returns why it cannot begin. @param bytes 0: they are not counted */
  enter(call: RpcCall, id: RpcId | undefined, bytes: number): Refusal | undefined {
    if (this.#calls.size >= this.#most) return TOO_MANY;
    const full = bytes > 0 ? this.#account.reserve(bytes) : undefined;
    if (full) return full;
    this.#calls.add(call);
    if (isName(id)) this.#byId.set(id, call);
    return undefined;
  }

  leave(call: RpcCall, id: RpcId | undefined, bytes: number): void {
    this.#calls.delete(call);
    if (isName(id)) this.#byId.delete(id);
    this.#account.release(bytes);
  }

  /** `rpc.cancel` */
  cancel(params: object): { readonly cancelled: boolean } | Refusal {
    const given = CONNECTION_METHODS['rpc.cancel'](params);
    if (!given.ok) return given;
    const { id } = given.value;
    if (typeof id !== 'string' && !Number.isSafeInteger(id)) {
      return invalid(['id'], 'must be a text or a safe integer: null names no request');
    }
    const call = this.#byId.get(id);
    call?.end();
    return { cancelled: call !== undefined };
  }

  /** The WebSocket has closed. */
  endAll(): void {
    for (const call of [...this.#calls]) call.end();
  }
}

/** Whether an id can name its request: null names none. */
const isName = (id: RpcId | undefined): id is string | number => id !== undefined && id !== null;
