import { randomFillSync } from 'node:crypto';

declare const idBrand: unique symbol;
export type SessionId = string & { readonly [idBrand]: 'ses' };
export type RelayId = string & { readonly [idBrand]: 'rel' };
export type OfferId = string & { readonly [idBrand]: 'off' };
export type SocketId = string & { readonly [idBrand]: 'sck' };

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const RANDOM_BYTES = 16;
const RANDOM_CHARS = 26;

/** Random bytes are drawn a page at a time: one system call for each page, not for each id. */
const PAGE = 4096;

/**
 * Issues the opaque ids: `ses_<start>_<random>` and `sck_<start>_<random>`, where start is the daemon's start
 * in milliseconds in base 36 and random is 128 bits in base 32. They contain no part of a native handle.
 */
export class Ids {
  readonly #start: number;
  readonly #page = Buffer.alloc(PAGE);
  #used = PAGE;

  /** @param start the daemon's start, milliseconds since the epoch */
  constructor(start: number) {
    this.#start = start;
  }

  /** Identifies this run of the daemon: the part that all of its ids have in common. */
  get run(): string {
    return this.#start.toString(36);
  }

  session(): SessionId {
    // The brand exists only here: this is where ids are made.
    return this.#issue('ses') as SessionId;
  }

  socket(): SocketId {
    return this.#issue('sck') as SocketId;
  }

  /** The id of a connection that waits for the listener's decision. */
  offer(): OfferId {
    return this.#issue('off') as OfferId;
  }

  relay(): RelayId {
    return this.#issue('rel') as RelayId;
  }

  /** Whether the id has the form of an id that an earlier run of this daemon issued. */
  isOfEarlierRun(id: string): boolean {
    const match = /^(?:ses|sck)_([0-9a-z]{1,11})_[a-z2-7]{26}$/.exec(id);
    return match?.[1] !== undefined && Number.parseInt(match[1], 36) < this.#start;
  }

  #issue(kind: 'ses' | 'sck' | 'off' | 'rel'): string {
    if (this.#used + RANDOM_BYTES > PAGE) {
      randomFillSync(this.#page);
      this.#used = 0;
    }
    const bytes = this.#page.subarray(this.#used, this.#used + RANDOM_BYTES);
    this.#used += RANDOM_BYTES;
    return `${kind}_${this.#start.toString(36)}_${base32(bytes)}`;
  }
}

const base32 = (bytes: Uint8Array): string => {
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(value >> bits) & 31];
    }
  }
  if (bits > 0) text += ALPHABET[(value << (5 - bits)) & 31];
  return text.slice(0, RANDOM_CHARS);
};
