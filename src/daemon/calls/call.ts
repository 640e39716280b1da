import { type Failure, fail, ok, type Success } from '../../winsock/outcome.js';
import { type Refusal, refuse } from '../answers/refusals.js';
import { CallFaults, NO_FAULTS, type ReadonlyCallFaults } from '../faults/call-faults.js';
import type { ByteAccount } from '../memory/byte-account.js';
import type { PieceRoom } from '../memory/piece-rooms.js';
import type { Clock } from '../waiting/clock.js';
import type { InstantQueue } from '../waiting/instant-queue.js';
import type { Subscribe, Subscription, TrySubscribe } from '../waiting/subscription.js';
import type { Turns } from '../waiting/turns.js';
import type { Client } from './client.js';
import type { ClientConnection } from './client-connection.js';
import type { Pump } from './pump.js';
import { TOO_MANY_WAIT, type WaitingCalls } from './waiting-calls.js';

/** Why a wait ended before what it waited for. */
export type EndReason =
  | 'deadline'
  | 'cap'
  | 'gone'
  | 'cancel'
  | 'cancelBlockingCall'
  | 'shutdown'
  | 'close'
  | 'reset'
  | 'cleanup'
  | 'sessionEnded'
  | 'draining'
  /** The call would have to wait, and as many calls of the owner wait as limits.callsPerOwner allows. */
  | 'quota';

export type Wake = 'ready' | EndReason;

/** What all calls have in common. */
export interface CallEnvironment {
  readonly clock: Clock;
  /** The daemon's own limit of any wait, milliseconds. */
  readonly capMs: number;
  /** The calls of all owners that wait. */
  readonly waiting: WaitingCalls;
  /** Spreads the calls whose waits have ended over event loop turns: any number may end at once. */
  readonly turns: Turns;
  /** Wakes the calls that wait for an instant. */
  readonly instants: InstantQueue;
}

/**
 * One operation in progress: its time limits, its waits, and what must be put back if its result is not
 * delivered. What stops it (close, cancel, drain, ...) calls `end`.
 */
export class Call {
  readonly owner: string;
  /** The clock's time when the call began, milliseconds. */
  readonly startedAt: number;
  readonly #environment: CallEnvironment;
  readonly #client: Client;
  #faults: CallFaults | undefined;
  #deadline: number | undefined;
  /** When its limits begin to count; absent: at its beginning. */
  #limitsFrom: number | undefined;
  #ended: EndReason | undefined;
  #interrupt: ((wake: Wake) => void) | undefined;
  #watchesCaller = false;
  /** Whether it is counted among those of its owner that wait. */
  #isCounted = false;
  #isExempt = false;
  #giveBacks: (() => void)[] | undefined;
  #account: ByteAccount | undefined;
  #keptBytes = 0;
  #waited = 0;

  constructor(environment: CallEnvironment, owner: string, client: Client) {
    this.owner = owner;
    this.startedAt = environment.clock.now();
    this.#environment = environment;
    this.#client = client;
  }

  /** The connection of its client, if that lasts longer than the request. */
  get connection(): ClientConnection | undefined {
    return this.#client.connection;
  }

  /** The pump that makes the call; undefined: a client does. */
  get pump(): Pump | undefined {
    return this.#client.pump;
  }

  /** Whether its result carries received bytes as they are, and not as text for JSON. */
  get hasRawResult(): boolean {
    return this.#client.pump !== undefined || this.#client.takesRawBytes === true;
  }

  /** Where its bytes are received, if its client has room for them. */
  get room(): PieceRoom | undefined {
    return this.#client.room;
  }

  /** Whether WSAEWOULDBLOCK is its answer. A pump waits also on a socket in non-blocking mode. */
  isNonBlockingOn(socket: { readonly nonBlocking: boolean }): boolean {
    return socket.nonBlocking && this.#client.pump === undefined;
  }

  /** The effects of faults on the call; most calls have none. */
  get faults(): ReadonlyCallFaults {
    return this.#faults ?? NO_FAULTS;
  }

  /** The same, for the faults that act on the call. */
  get writableFaults(): CallFaults {
    this.#faults ??= new CallFaults();
    return this.#faults;
  }

  /** Milliseconds spent waiting so far. */
  get waited(): number {
    return this.#waited;
  }

  /** Why the call must stop; undefined if nothing has ended it. */
  get ended(): EndReason | undefined {
    return this.#ended;
  }

  /** Whether anything must be put back if its result is not delivered. */
  get consumes(): boolean {
    return this.#giveBacks !== undefined;
  }

  /**
   * Limits the call to that many milliseconds from its beginning, or from the instant that it has waited for;
   * the shortest limit counts.
   */
  limitTo(ms: number): void {
    const limit = (this.#limitsFrom ?? this.startedAt) + ms;
    if (this.#deadline === undefined || limit < this.#deadline) this.#deadline = limit;
  }

  /**
   * Counts the call as waiting, or returns the refusal if the owner has as many waiting calls as
   * limits.callsPerOwner allows. For calls that must not begin something if they cannot wait for it.
   */
  reserveWait(): Refusal | undefined {
    return this.#countWait() ? undefined : TOO_MANY_WAIT;
  }

  /** Its waits are neither counted nor refused: for an operation that each socket can have only once. */
  exemptFromQuota(): void {
    this.#isExempt = true;
  }

  /**
   * Counts the call among its owner's waiting calls, from its first wait until it finishes. False: too many.
   */
  #countWait(): boolean {
    // Pumps have limits of their own.
    if (this.#isExempt || this.#client.pump) return true;
    this.#isCounted ||= this.#environment.waiting.enter(this.owner);
    return this.#isCounted;
  }

  /** The call has finished, and no longer counts as waiting. */
  finish(): void {
    if (this.#isCounted) this.#environment.waiting.leave(this.owner);
    this.#isCounted = false;
  }

  /**
   * Waits until the subscription wakes, a limit is reached, the client disconnects, or `end` is called. The
   * subscription is then stopped at once; the promise resolves when it is the owner's turn. A
   * subscription may keep its watches until then, if many take long to undo.
   *
   * @param size how much work follows the end of the wait, see Turns
   */
  wait(subscribe: Subscribe, size?: number): Promise<Wake> {
    return this.#until<never>((wake) => ok(subscribe(wake)), size);
  }

  /** As wait; a failure if the subscription is refused. */
  tryWait(subscribe: TrySubscribe, size?: number): Promise<Wake | Failure> {
    return this.#until(subscribe, size);
  }

  /**
   * Waits until the clock has reached an instant, never less. All limits of the call count from then.
   *
   * @param instant milliseconds of the clock, in the future
   */
  waitUntil(instant: number): Promise<Wake> {
    this.#limitsFrom = instant;
    return this.wait((wake) => this.#environment.instants.at(instant, wake));
  }

  #until<F extends Failure>(
    subscribe: (wake: () => void) => Success<Subscription> | F,
    size?: number,
  ): Promise<Wake | F> {
    if (this.#ended !== undefined) return Promise.resolve(this.#ended);
    const { clock, turns } = this.#environment;
    const began = clock.now();
    const cap = (this.#limitsFrom ?? this.startedAt) + this.#capMs;
    const deadline = this.#deadline ?? Number.POSITIVE_INFINITY;
    const limit = Math.min(deadline, cap);
    const atLimit: Wake = deadline <= cap ? 'deadline' : 'cap';
    if (this.#client.gone) return Promise.resolve('gone');
    if (limit <= began) return Promise.resolve(atLimit);
    if (!this.#countWait()) return Promise.resolve('quota');
    this.#watchCaller();
    return new Promise((resolve) => {
      let over = false;
      const finish = (wake: Wake | F): void => {
        if (over) return;
        over = true;
        this.#interrupt = undefined;
        timer?.clear();
        subscription?.stop();
        this.#waited += clock.now() - began;
        turns.run(this.owner, () => resolve(wake), size);
      };
      this.#interrupt = finish;
      const timer =
        limit === Number.POSITIVE_INFINITY
          ? undefined
          : clock.setTimeout(limit - began, () => finish(atLimit));
      // undefined while subscribe itself runs: it must not wake before it returns.
      let subscription: Subscription | undefined;
      const subscribed = subscribe(() => finish('ready'));
      if (subscribed.ok) subscription = subscribed.value;
      else finish(subscribed);
    });
  }

  /** The longest wait of the call. */
  get #capMs(): number {
    const { pump } = this.#client;
    return pump ? (pump.idleMs ?? Number.POSITIVE_INFINITY) : this.#environment.capMs;
  }

  /** Ends the call: its current wait, and every later one. The first reason counts. */
  end(reason: EndReason): void {
    this.#ended ??= reason;
    this.#interrupt?.(this.#ended);
  }

  /** Registers what to do if the result is not delivered. The functions run in reverse order. */
  onUndelivered(giveBack: () => void): void {
    this.#giveBacks ??= [];
    this.#giveBacks.push(giveBack);
  }

  /** Puts back what the call consumed. Its bytes are counted where they are put back. */
  giveBack(): void {
    const giveBacks = this.#giveBacks ?? [];
    this.#giveBacks = undefined;
    for (const giveBack of giveBacks.reverse()) giveBack();
    this.releaseBytes();
  }

  /** From now on nothing is put back, whether or not the answer is delivered. */
  keepConsumed(): void {
    this.#giveBacks = undefined;
    this.releaseBytes();
  }

  /** Counts bytes that were taken for the answer, until it is delivered or they are put back. */
  keepBytes(bytes: number, account: ByteAccount): void {
    account.count(bytes);
    this.#account = account;
    this.#keptBytes += bytes;
  }

  /** The answer is delivered, or its bytes are put back. */
  releaseBytes(): void {
    this.#account?.release(this.#keptBytes);
    this.#keptBytes = 0;
  }

  #watchCaller(): void {
    if (this.#watchesCaller) return;
    this.#watchesCaller = true;
    this.#client.onGone(() => this.end('gone'));
  }
}

/**
 * The answer of a call whose wait was ended, or could not begin.
 *
 * @param name the Winsock function, for the failure
 */
export const endedAnswer = (reason: EndReason | Failure, name: string): Failure | Refusal => {
  if (typeof reason === 'object') return { ...reason, call: name };
  switch (reason) {
    case 'deadline':
      return fail('WSAETIMEDOUT', name, {
        detail: `the time limit of the call or the socket ran out.`,
      });
    case 'cap':
      return refuse(
        'wait-limit',
        `${name} was still waiting at the daemon's limit; repeat the call to wait longer.`,
      );
    case 'shutdown':
      return fail('WSAESHUTDOWN', name, {
        detail: `the direction was shut down while the call waited.`,
      });
    case 'close':
      return fail('WSAEINTR', name, { detail: `the socket was closed while the call waited.` });
    case 'reset':
      return fail('WSAECONNRESET', name, { detail: `a fault reset the connection while the call waited.` });
    case 'cancelBlockingCall':
      return fail('WSAEINTR', name, { detail: `the blocking call was cancelled.` });
    case 'quota':
      return TOO_MANY_WAIT;
    case 'draining':
      return refuse('draining', `${name} was waiting when the daemon began to stop.`);
    case 'gone':
    case 'cancel':
    case 'cleanup':
    case 'sessionEnded':
      return fail('WSA_OPERATION_ABORTED', name);
  }
};
