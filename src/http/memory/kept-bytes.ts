import type { Socket } from 'node:net';
import type { Refusal } from '../../daemon/answers/refusals.js';
import type { StalledClients, WaitFor } from './stalled-clients.js';
import type { TurnLoad } from './turn-load.js';

/** The bytes that are kept for one owner. */
export interface Account {
  /** Reserves bytes, if they fit. */
  reserve(bytes: number): Refusal | undefined;
  /** Counts bytes that are there already. */
  count(bytes: number): void;
  /** Releases bytes that were reserved or counted. */
  release(bytes: number): void;
  /** Whether little is left, for the owner or for all. */
  readonly isShort: boolean;
}

/** The accounts of all owners. */
export interface Accounts {
  of(owner: string): Account;
}

/** Bodies and answers up to this size are not counted: the limit on the number of requests bounds them. */
export const UNCOUNTED_BYTES = 1024;

/** A request, or a WebSocket with the request that opened it, as far as its bytes are counted. */
export interface Sender {
  readonly owner: string;
  readonly raw: { readonly socket: Socket };
}

/** Counts the bodies that clients send and the answers that clients have not read yet. */
export class KeptBytes {
  readonly #accounts: Accounts;
  readonly #stalled: StalledClients;
  readonly #turn: TurnLoad;
  readonly #owners = new Map<string, OwnerBytes>();

  constructor(accounts: Accounts, stalled: StalledClients, turn: TurnLoad) {
    this.#accounts = accounts;
    this.#stalled = stalled;
    this.#turn = turn;
  }

  /** The bytes kept for an owner. The map never shrinks: owners come from the configuration and are few. */
  of(owner: string): OwnerBytes {
    let bytes = this.#owners.get(owner);
    if (!bytes) {
      bytes = new OwnerBytes(this.#accounts.of(owner));
      this.#owners.set(owner, bytes);
    }
    return bytes;
  }

  /** A count, zero at first, for a body or message that a client begins to send. */
  holdBody({ owner, raw: { socket } }: Sender): HeldBytes {
    const held = new HeldBytes(this.of(owner).account, socket, 'body', this.#stalled);
    held.watch();
    return held;
  }

  /** A count, zero at first, for an answer that a client begins to read. */
  holdAnswer({ owner, raw: { socket } }: Sender): HeldAnswer {
    const held = new HeldAnswer(this.of(owner), socket, this.#stalled);
    held.watch();
    return held;
  }

  /** As holdAnswer, for an answer that is not complete yet: its client cannot read, and is not watched. */
  holdIncompleteAnswer({ owner, raw: { socket } }: Sender): HeldAnswer {
    return new HeldAnswer(this.of(owner), socket, this.#stalled);
  }

  /** Counts an answer until it is released; undefined for one that is too small to be counted. */
  answer(request: Sender, bytes: number): HeldAnswer | undefined {
    if (bytes <= UNCOUNTED_BYTES) return undefined;
    const held = this.holdAnswer(request);
    held.count(bytes);
    this.#turn.add(bytes);
    return held;
  }
}

/** The account of one owner, and how many of its counted answers the clients have not read yet. */
export class OwnerBytes {
  readonly account: Account;
  unreadAnswers = 0;

  constructor(account: Account) {
    this.account = account;
  }

  /**
   * Refuses a new call with a long answer while the account is over its limit and unread answers are in it:
   * the client has to read those first. Without unread answers no call is refused, since calls such as close
   * and endSession release the rest.
   */
  refuseLongAnswer(): Refusal | undefined {
    return this.unreadAnswers > 0 ? this.account.reserve(0) : undefined;
  }
}

/** Counted bytes of one body or answer. */
export class HeldBytes {
  readonly #account: Account;
  readonly #socket: Socket;
  readonly #awaited: WaitFor;
  readonly #stalled: StalledClients;
  #bytes = 0;
  #isWatched = false;
  #isReleased = false;

  constructor(account: Account, socket: Socket, awaited: WaitFor, stalled: StalledClients) {
    this.#account = account;
    this.#socket = socket;
    this.#awaited = awaited;
    this.#stalled = stalled;
  }

  /** Lets StalledClients watch the connection until the bytes are released. */
  watch(): void {
    this.#isWatched = true;
    this.#stalled.watch(this.#socket, this.#awaited, this.#account);
  }

  /** Whether the bytes were released. Later counts are ignored, since no second release would undo them. */
  get isReleased(): boolean {
    return this.#isReleased;
  }

  /** Raises the reserved bytes to a total, if that fits. */
  reserve(total: number): Refusal | undefined {
    const more = total - this.#bytes;
    if (more <= 0 || this.#isReleased) return undefined;
    const refusal = this.#account.reserve(more);
    if (refusal === undefined) this.#bytes += more;
    return refusal;
  }

  /** Reserves further bytes, if they fit. */
  reserveMore(bytes: number): Refusal | undefined {
    return this.reserve(this.#bytes + bytes);
  }

  /** Counts bytes that are there already. */
  count(bytes: number): void {
    if (this.#isReleased) return;
    this.#account.count(bytes);
    this.#bytes += bytes;
  }

  /** Sets the counted bytes to a total, larger or smaller than before. */
  recount(total: number): void {
    if (this.#isReleased) return;
    this.#account.count(total - this.#bytes);
    this.#bytes = total;
  }

  /** Releases all bytes; a second call does nothing. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#account.release(this.#bytes);
    if (this.#isWatched) this.#stalled.unwatch(this.#socket, this.#awaited);
  }
}

/** Counted bytes of an answer. Until they are released, the answer is one of its owner's unread answers. */
export class HeldAnswer extends HeldBytes {
  readonly #owner: OwnerBytes;

  constructor(owner: OwnerBytes, socket: Socket, stalled: StalledClients) {
    super(owner.account, socket, 'answer', stalled);
    this.#owner = owner;
    owner.unreadAnswers++;
  }

  override release(): void {
    if (!this.isReleased) this.#owner.unreadAnswers--;
    super.release();
  }
}
