import { fail, type Outcome, ok } from '../../winsock/outcome.js';
import type { Libc } from './library.js';
import { call } from './native-call.js';

/** Makes a second descriptor of the same thing, not inherited: fcntl(2). */
export const F_DUPFD_CLOEXEC = 1030;

/** How many descriptors sockets may use, and who else uses some. */
export interface DescriptorLimits {
  /** Sockets have numbers below this one. */
  readonly most: number;
  /** What the rest of the process has open at most. */
  readonly others: number;
}

export const UNLIMITED: DescriptorLimits = { most: Number.POSITIVE_INFINITY, others: 0 };

/**
 * Leaves the last descriptors of the process to what is no socket of a client, connections to the daemon above all. A
 * new descriptor is the lowest one that is free (open(2)): its number says how many are taken.
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

  /** What made a descriptor, or the refusal where it is one of the last: then it is closed again. */
  kept(callName: string, made: Outcome<number>): Outcome<number> {
    if (!made.ok || made.value < this.#most) return made;
    call('close', this.#libc.close, made.value);
    return fail('WSAEMFILE', callName);
  }

  /**
   * Whether the next descriptor may be a socket's. Asked before accept(2), which could not give a connection back. The
   * system is asked only where it could be otherwise.
   *
   * @param sockets how many sockets there are
   * @param fd any descriptor
   */
  hasRoom(callName: string, sockets: number, fd: number): Outcome<void> {
    if (sockets + this.#others < this.#most) return ok(undefined);
    const next = this.kept(callName, call(callName, this.#libc.fcntl, fd, F_DUPFD_CLOEXEC, 0));
    if (!next.ok) return next;
    call('close', this.#libc.close, next.value);
    return ok(undefined);
  }
}
