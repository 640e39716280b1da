import { type Refusal, refuse } from '../../daemon/answers/refusals.js';
import type { Account } from '../memory/kept-bytes.js';

/** How long an answer is kept, milliseconds. */
export const KEPT_MS = 10 * 60 * 1000;

/** The approximate memory of a key and of the header fields of its answer. */
export const KEY_BYTES = 1024;

/** The clock of the daemon. */
export interface KeyClock {
  now(): number;
  setTimeout(ms: number, run: () => void): { clear(): void };
}

/** What an owner may have at once. */
export interface KeyLimits {
  readonly idempotencyKeysPerOwner: number;
  /** Of all keys with their answers. */
  readonly idempotencyBytesPerOwner: number;
}

/** An answer as it was sent, without the fields that every answer has of its own. */
export interface StoredAnswer {
  readonly status: number;
  readonly fields: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** The place of a request whose call is under way. The first call of either function counts. */
export interface KeyPlace {
  /** Reserves the bytes that the answer may have, before the call. If they do not fit, the key is free again. */
  reserve(bytes: number): Refusal | undefined;
  /** Keeps the answer for later requests with the key. */
  store(answer: StoredAnswer): void;
  /** Makes the key free again: the request had no answer that can be repeated. */
  free(): void;
}

/** A request is the first with its key, or it has been answered before. */
export type Begun =
  | { readonly ok: true; readonly place: KeyPlace; readonly stored?: undefined }
  | { readonly ok: true; readonly stored: StoredAnswer }
  | Refusal;

interface Stored {
  readonly fingerprint: string;
  readonly answer: StoredAnswer;
  readonly bytes: number;
  readonly until: number;
}

/**
 * The keys of one owner. A key is under way until the call of its first request has ended, and then has that
 * answer for ten minutes. No key is forgotten before, since its request could then be made twice.
 */
export class OwnerKeys {
  readonly #clock: KeyClock;
  readonly #limits: KeyLimits;
  readonly #account: Account;
  /** The fingerprints of the requests whose calls are under way. */
  readonly #underWay = new Map<string, string>();
  /** In the order in which they end. */
  readonly #stored = new Map<string, Stored>();
  #bytes = 0;
  #isTimerSet = false;

  constructor(clock: KeyClock, limits: KeyLimits, account: Account) {
    this.#clock = clock;
    this.#limits = limits;
    this.#account = account;
  }

  /**
   * Begins a request.
   *
   * @param fingerprint of the request; one of the same key that has another fingerprint is refused
   */
  begin(key: string, fingerprint: string): Begun {
    this.#forgetOld();
    const stored = this.#stored.get(key);
    const known = stored?.fingerprint ?? this.#underWay.get(key);
    if (known !== undefined && known !== fingerprint) return REUSED;
    if (stored) return { ok: true, stored: stored.answer };
    if (known !== undefined) return UNDER_WAY;
    const bytes = KEY_BYTES + key.length + fingerprint.length;
    const { idempotencyKeysPerOwner } = this.#limits;
    if (this.#underWay.size + this.#stored.size >= idempotencyKeysPerOwner) return this.#full(TOO_MANY);
    const refusal = this.#reserve(bytes);
    if (refusal) return refusal;
    this.#underWay.set(key, fingerprint);
    return { ok: true, place: this.#place(key, fingerprint, bytes) };
  }

  #reserve(bytes: number): Refusal | undefined {
    if (this.#bytes + bytes > this.#limits.idempotencyBytesPerOwner) return this.#full(TOO_LONG);
    const refusal = this.#account.reserve(bytes);
    if (!refusal) this.#bytes += bytes;
    return refusal;
  }

  /** The oldest answer is the first to make room. */
  #full(refusal: Refusal): Refusal {
    const [oldest] = this.#stored.values();
    if (!oldest) return refusal;
    return { ...refusal, secondsToWait: Math.max(1, Math.ceil((oldest.until - this.#clock.now()) / 1000)) };
  }

  #place(key: string, fingerprint: string, bytes: number): KeyPlace {
    let isOver = false;
    let reserved = 0;
    const end = (): boolean => {
      if (isOver) return false;
      isOver = true;
      return this.#underWay.delete(key);
    };
    return {
      reserve: (more) => {
        const refusal = this.#reserve(more);
        if (!refusal) reserved += more;
        else if (end()) this.#release(bytes + reserved);
        return refusal;
      },
      store: (answer) => {
        if (!end()) return;
        const { length } = answer.body;
        // Less than was reserved.
        this.#release(reserved - length);
        const until = this.#clock.now() + KEPT_MS;
        this.#stored.set(key, { fingerprint, answer, bytes: bytes + length, until });
        this.#setTimer();
      },
      free: () => {
        if (end()) this.#release(bytes + reserved);
      },
    };
  }

  #forgetOld(): void {
    const now = this.#clock.now();
    for (const [key, { until, bytes }] of this.#stored) {
      if (until > now) return;
      this.#stored.delete(key);
      this.#release(bytes);
    }
  }

  #release(bytes: number): void {
    this.#account.release(bytes);
    this.#bytes -= bytes;
  }

  /** The bytes of old answers are released also when no request comes. */
  #setTimer(): void {
    const [oldest] = this.#stored.values();
    if (this.#isTimerSet || !oldest) return;
    this.#isTimerSet = true;
    this.#clock.setTimeout(oldest.until - this.#clock.now(), () => {
      this.#isTimerSet = false;
      this.#forgetOld();
      this.#setTimer();
    });
  }
}

const REUSED = refuse(
  'key-reused',
  'An earlier request with this key had another method, path, query or body.',
);

const UNDER_WAY = refuse(
  'key-under-way',
  'The first request with this key has no answer yet; repeat this one later.',
);

const TOO_MANY = refuse(
  'quota',
  'The owner has as many keys as limits.idempotencyKeysPerOwner allows; each is kept for ten minutes.',
);

const TOO_LONG = refuse(
  'quota',
  'The answers for the keys of the owner have as many bytes as limits.idempotencyBytesPerOwner allows; ' +
    'each is kept for ten minutes.',
);
