import { unlessGone } from './errors.js';
import type { EndOfPairs, Operations, RelayFault, RelayInfo, RelayPair } from './operations.gen.js';
import type { Loose } from './operations.js';
import type { Owner } from './owner.js';

/** How a relay works, without its upstream address: docs/relay.md. */
export type RelayOptions = Loose<Omit<Operations['startRelay']['params'], 'socketId' | 'upstream'>>;

/**
 * A relay: every connection to a listening socket is joined to one to an upstream address. With `await using` it
 * ends with the block.
 */
export class Relay {
  /** The id, `rel_...`. */
  readonly id: string;
  readonly #owner: Owner;

  constructor(owner: Owner, id: string) {
    this.#owner = owner;
    this.id = id;
  }

  /** Its state, its counts and its pairs. */
  info(): Promise<RelayInfo> {
    return this.#owner.calls.call('getRelay', this.#ids);
  }

  /** Its pairs of connections: the open ones, and the last that have ended. */
  async pairs(): Promise<readonly RelayPair[]> {
    return (await this.info()).pairs ?? [];
  }

  /** Accepts no further connections for now. */
  pause(): Promise<RelayInfo> {
    return this.#owner.calls.call('updateRelay', { ...this.#ids, paused: true });
  }

  /** Accepts connections again. */
  resume(): Promise<RelayInfo> {
    return this.#owner.calls.call('updateRelay', { ...this.#ids, paused: false });
  }

  /** Replaces its faults. */
  setFaults(faults: readonly RelayFault[]): Promise<RelayInfo> {
    return this.#owner.calls.call('updateRelay', { ...this.#ids, faults });
  }

  /** Ends it. @param pairs `reset` unless given, or `finish`, which lets open pairs come to their end */
  async end(pairs?: EndOfPairs): Promise<void> {
    await this.#owner.calls.call('endRelay', { ...this.#ids, pairs });
  }

  get #ids() {
    return { sessionId: this.#owner.sessionId, relayId: this.id };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return unlessGone(this.end());
  }
}
