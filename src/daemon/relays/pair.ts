import type { SocketAddress } from '../../winsock/addresses.js';
import type { Failure } from '../../winsock/outcome.js';
import type { Refusal } from '../answers/refusals.js';
import type { RelayEnd } from '../faults/fault-rule.js';
import type { Socket } from '../sockets/socket.js';

/** How a pair is, or how it ended: after the ends of both streams, or by a reset. */
export type PairState = 'open' | 'closed' | 'reset';

/** An accepted connection of a relay, and the one that the relay makes for it. */
export class Pair {
  /** Its number among the pairs of the relay, from 1. */
  readonly number: number;
  readonly clientAddress: SocketAddress | undefined;
  readonly openedAt: Date;
  /** Bytes that the sockets of an end have taken. */
  readonly bytesTo: Record<RelayEnd, number> = { client: 0, upstream: 0 };
  readonly #sockets = new Map<RelayEnd, Socket>();
  readonly #ids: Partial<Record<RelayEnd, string>> = {};
  #state: PairState = 'open';
  #endedAt: Date | undefined;
  #failure: Failure | Refusal | undefined;

  constructor(number: number, clientAddress: SocketAddress | undefined, openedAt: Date) {
    this.number = number;
    this.clientAddress = clientAddress;
    this.openedAt = openedAt;
  }

  get state(): PairState {
    return this.#state;
  }

  get endedAt(): Date | undefined {
    return this.#endedAt;
  }

  /** What reset it; undefined if it was no call. */
  get failure(): Failure | Refusal | undefined {
    return this.#failure;
  }

  /** Its sockets while it is open. */
  get sockets(): readonly Socket[] {
    return [...this.#sockets.values()];
  }

  /** The id of the socket of an end, also after that has ended. */
  idOf(end: RelayEnd): string | undefined {
    return this.#ids[end];
  }

  put(end: RelayEnd, socket: Socket): void {
    if (this.#state === 'open') this.#sockets.set(end, socket);
    this.#ids[end] = socket.id;
  }

  /** A pair that has ended keeps no sockets. */
  end(state: 'closed' | 'reset', at: Date, failure?: Failure | Refusal): void {
    this.#state = state;
    this.#endedAt = at;
    this.#failure = failure;
    this.#sockets.clear();
  }
}
