import { fail, type Outcome, ok } from '../../winsock/outcome.js';
import type { Libc } from './library.js';
import { call } from './native-call.js';

/** Duplicates a descriptor, close-on-exec: fcntl(2). */
export const F_DUPFD_CLOEXEC = 1030;

/** How many descriptors sockets may use, and how many others are in use. */
export interface DescriptorLimits {
  /** Sockets have numbers below this one. */
  readonly most: number;
  /** The most that the rest of the process has open. */
  readonly others: number;
}

export const UNLIMITED: DescriptorLimits = { most: Number.POSITIVE_INFINITY, others: 0 };

/**
 * Reserves the last descriptors of the process for everything other than clients' sockets, above all
 * connections to the daemon. A new descriptor is the lowest free number (open(2)), so it shows how many are
 * in use.
 */
export class Descriptors {
  readonly #libc: Libc;
  readonly #most: number;
  readonly #others: number;

  constructor(libc: Libc, { most, others }: DescriptorLimits) {
    this.#libc = libc;
    this.#most = most;
    this.#others = others;
  }

  /**
   * Passes on the result of a call that makes a descriptor. A reserved descriptor is closed again and
   * refused.
   */
  refuseReserved(callName: string, made: Outcome<number>): Outcome<number> {
    if (!made.ok || made.value < this.#most) return made;
    call('close', this.#libc.close, made.value);
    return fail('WSAEMFILE', callName);
  }

  /**
   * Whether the next descriptor may be a socket's. Checked before accept(2), because an accepted connection
   * cannot be returned to the queue. It makes a system call only near the limit.
   *
   * @param sockets how many sockets there are
   * @param fd any open descriptor
   */
  hasRoom(callName: string, sockets: number, fd: number): Outcome<void> {
    if (sockets + this.#others < this.#most) return ok(undefined);
    const next = this.refuseReserved(callName, call(callName, this.#libc.fcntl, fd, F_DUPFD_CLOEXEC, 0));
    if (!next.ok) return next;
    call('close', this.#libc.close, next.value);
    return ok(undefined);
  }
}
