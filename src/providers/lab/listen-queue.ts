import { SOMAXCONN } from '../../winsock/constants.js';
import type { Acceptor, IncomingCall } from './network.js';
import type { EndOptions } from './stream-end.js';

const DEFAULT_LENGTH = 200;
const HINT = { least: 200, most: 65_535 } as const;

/**
 * How many calls a listener queues for a `backlog`: SOMAXCONN is the provider's choice, SOMAXCONN_HINT(n)
 * (minus n) 200 to 65,535, other values are cut to 1 to 200 without a word.
 *
 * Source: https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-listen
 */
export const queueLength = (backlog: number): number => {
  if (backlog === SOMAXCONN) return DEFAULT_LENGTH;
  if (backlog < 0) return Math.min(HINT.most, Math.max(HINT.least, -backlog));
  return Math.min(DEFAULT_LENGTH, Math.max(1, backlog));
};

/** The calls that a listening socket has not accepted yet. */
export class ListenQueue implements Acceptor {
  readonly buffers: EndOptions;
  readonly #calls: IncomingCall[] = [];
  readonly #limit: number;
  readonly #changed: () => void;

  constructor(backlog: number, buffers: EndOptions, changed: () => void) {
    this.#limit = queueLength(backlog);
    this.buffers = buffers;
    this.#changed = changed;
  }

  get length(): number {
    return this.#calls.length;
  }

  offer(call: IncomingCall): boolean {
    if (this.#calls.length >= this.#limit) return false;
    this.#calls.push(call);
    this.#changed();
    return true;
  }

  /** The call that came first. */
  next(): IncomingCall | undefined {
    return this.#calls.shift();
  }

  /** The listener closes. */
  turnAwayAll(): void {
    for (const call of this.#calls.splice(0)) call.turnAway();
  }
}
