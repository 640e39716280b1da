import type { Socket } from 'node:net';
import type { FastifyRequest } from 'fastify';
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

/** What has no more bytes is a part of what any request costs: the number of requests bounds it. */
export const FREE_BYTES = 1024;

/** Counts the bodies that clients send and the answers that they have not taken yet. */
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

  /** What is kept for an owner. Owners are those of the configuration: there are few, and none goes. */
  of(owner: string): OwnerBytes {
    let bytes = this.#owners.get(owner);
    if (!bytes) {
      bytes = new OwnerBytes(this.#accounts.of(owner));
      this.#owners.set(owner, bytes);
    }
    return bytes;
  }

  /** Bytes of a body that a client sends from now on, none yet. */
  holdBody({ owner, raw }: FastifyRequest): HeldBytes {
    return new HeldBytes(this.of(owner).account, raw.socket, 'body', this.#stalled);
  }

  /** Bytes of an answer that a client takes from now on, none yet. */
  holdAnswer({ owner, raw }: FastifyRequest): HeldAnswer {
    return new HeldAnswer(this.of(owner), raw.socket, this.#stalled);
  }

  /** Counts an answer until it is released; undefined for one that need not be counted. */
  answer(request: FastifyRequest, bytes: number): HeldAnswer | undefined {
    if (bytes <= FREE_BYTES) return undefined;
    const held = this.holdAnswer(request);
    held.count(bytes);
    this.#turn.add(bytes);
    return held;
  }
}

/** The account of one owner, and how many answers in it wait to be taken. */
export class OwnerBytes {
  readonly account: Account;
  untaken = 0;

  constructor(account: Account) {
    this.account = account;
  }

  /**
   * The refusal of a new call with a long answer while more is kept than may be and such answers wait: these have to be
   * taken first. What else is kept goes by calls (close, endSession), which are never refused for it.
   */
  refusedCall(): Refusal | undefined {
    return this.untaken > 0 ? this.account.reserve(0) : undefined;
  }
}

/** Bytes that go to or come from one client. As long as there are any, it is watched whether they do. */
export class HeldBytes {
  readonly #account: Account;
  readonly #socket: Socket;
  readonly #awaited: WaitFor;
  readonly #stalled: StalledClients;
  #bytes = 0;
  #isReleased = false;

  constructor(account: Account, socket: Socket, awaited: WaitFor, stalled: StalledClients) {
    this.#account = account;
    this.#socket = socket;
    this.#awaited = awaited;
    this.#stalled = stalled;
    stalled.watch(socket, awaited, account);
  }

  /** Whether what they were for is over: nothing counts any more, since nobody would release it. */
  get isReleased(): boolean {
    return this.#isReleased;
  }

  /** Reserves as many more as make so many together, if they fit. */
  reserve(together: number): Refusal | undefined {
    const more = together - this.#bytes;
    if (more <= 0 || this.#isReleased) return undefined;
    const refusal = this.#account.reserve(more);
    if (refusal === undefined) this.#bytes += more;
    return refusal;
  }

  /** Counts bytes that are there already. */
  count(bytes: number): void {
    if (this.#isReleased) return;
    this.#account.count(bytes);
    this.#bytes += bytes;
  }

  /** Counts so many in all from now on: more have come, or some have gone. */
  recount(together: number): void {
    if (this.#isReleased) return;
    this.#account.count(together - this.#bytes);
    this.#bytes = together;
  }

  /** Releases them all; once more does nothing. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#account.release(this.#bytes);
    this.#stalled.leave(this.#socket, this.#awaited);
  }
}

/** Bytes of an answer: as long as they are held, it counts among those that are not yet taken. */
export class HeldAnswer extends HeldBytes {
  readonly #owner: OwnerBytes;

  constructor(owner: OwnerBytes, socket: Socket, stalled: StalledClients) {
    super(owner.account, socket, 'answer', stalled);
    this.#owner = owner;
    owner.untaken++;
  }

  override release(): void {
    if (!this.isReleased) this.#owner.untaken--;
    super.release();
  }
}
