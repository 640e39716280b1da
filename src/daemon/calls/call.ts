import { type Failure, fail, ok, type Success } from '../../winsock/outcome.js';
import { type Refusal, refuse } from '../answers/refusals.js';
import { CallFaults, type FaultsSoFar, NO_FAULTS } from '../faults/call-faults.js';
import type { ByteAccount } from '../memory/byte-account.js';
import type { Clock } from '../waiting/clock.js';
import type { Subscribe, Subscription, TrySubscribe } from '../waiting/subscription.js';
import type { Turns } from '../waiting/turns.js';
import { TOO_MANY_WAIT, type WaitingCalls } from './waiting-calls.js';

/** Why a wait was ended by something else than what it waited for. */
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
  /** It would have had to wait, and as many calls of the owner wait as may. */
  | 'quota';

export type Wake = 'ready' | EndReason;

/** The far end of the request, as far as a wait cares. */
export interface Caller {
  readonly gone: boolean;
  onGone(run: () => void): void;
}

/** What all calls have in common. */
export interface Surroundings {
  readonly clock: Clock;
  /** The daemon's own limit of any wait, milliseconds. */
  readonly capMs: number;
  /** The calls of all owners that wait. */
  readonly waiting: WaitingCalls;
  /** By which calls go on when their waits are over: any number may end at once. */
  readonly turns: Turns;
}

/**
 * One operation under way: its time limits, its waits, and what must go back when its result could not be
 * delivered. Whoever must stop it (close, cancel, drain ...) calls `end`.
 */
export class Call {
  readonly owner: string;
  /** The clock's time when the call began, milliseconds. */
  readonly startedAt: number;
  readonly #around: Surroundings;
  readonly #caller: Caller;
  #faults: CallFaults | undefined;
  #deadline: number | undefined;
  #ended: EndReason | undefined;
  #interrupt: ((wake: Wake) => void) | undefined;
  #hearsCaller = false;
  /** Whether it is counted among those of its owner that wait. */
  #isCounted = false;
  #isExempt = false;
  #giveBacks: (() => void)[] | undefined;
  #account: ByteAccount | undefined;
  #keptBytes = 0;
  #waited = 0;

  constructor(around: Surroundings, owner: string, caller: Caller) {
    this.owner = owner;
    this.startedAt = around.clock.now();
    this.#around = around;
    this.#caller = caller;
  }

  /** What faults have done to it, and want of it: of most calls nothing. */
  get faults(): FaultsSoFar {
    return this.#faults ?? NO_FAULTS;
  }

  /** The same, to be written by faults that have to do with it. */
  get faulted(): CallFaults {
    this.#faults ??= new CallFaults();
    return this.#faults;
  }

  /** Milliseconds spent waiting so far. */
  get waited(): number {
    return this.#waited;
  }

  /** Why the call has to stop, once something ended it. */
  get ended(): EndReason | undefined {
    return this.#ended;
  }

  /** Whether its result, if it is not delivered, must go back. */
  get consumes(): boolean {
    return this.#giveBacks !== undefined;
  }

  /** Limits the call to that many milliseconds from its beginning; the shortest limit counts. Absent: no limit. */
  limitTo(ms: number | undefined): void {
    if (ms === undefined) return;
    const limit = this.startedAt + ms;
    if (this.#deadline === undefined || limit < this.#deadline) this.#deadline = limit;
  }

  /**
   * To be asked before something is begun that the call will have to wait for: the refusal where as many calls of the
   * owner wait as may.
   */
  refusedWait(): Refusal | undefined {
    return this.#mayWait() ? undefined : TOO_MANY_WAIT;
  }

  /** Its waits are not counted and not refused: for a call of which there can be one for each socket only. */
  exempt(): void {
    this.#isExempt = true;
  }

  /** From its first wait on it is one of those of its owner that wait, until it is over. */
  #mayWait(): boolean {
    if (this.#isExempt) return true;
    this.#isCounted ||= this.#around.waiting.enter(this.owner);
    return this.#isCounted;
  }

  /** The call is over: it waits no more. */
  over(): void {
    if (this.#isCounted) this.#around.waiting.leave(this.owner);
    this.#isCounted = false;
  }

  /**
   * Waits until the subscription wakes, a limit is reached, the caller goes away, or `end` is called.
   * Whatever ended the wait, the subscription is stopped at once; the promise resolves when it is the owner's turn. What
   * is dear to give up, such as the watches of many sockets, may outlast its subscription until then.
   *
   * @param size how much follows from the end of the wait, see Turns
   */
  wait(subscribe: Subscribe, size?: number): Promise<Wake> {
    return this.#until<never>((wake) => ok(subscribe(wake)), size);
  }

  /** As wait; a failure where there is no way to hear of it. */
  tryWait(subscribe: TrySubscribe, size?: number): Promise<Wake | Failure> {
    return this.#until(subscribe, size);
  }

  #until<F extends Failure>(
    subscribe: (wake: () => void) => Success<Subscription> | F,
    size?: number,
  ): Promise<Wake | F> {
    if (this.#ended !== undefined) return Promise.resolve(this.#ended);
    this.#hearCaller();
    const { clock, capMs, turns } = this.#around;
    const began = clock.now();
    const cap = this.startedAt + capMs;
    const deadline = this.#deadline ?? Number.POSITIVE_INFINITY;
    const limit = Math.min(deadline, cap);
    const atLimit: Wake = deadline <= cap ? 'deadline' : 'cap';
    if (this.#caller.gone) return Promise.resolve('gone');
    if (limit <= began) return Promise.resolve(atLimit);
    if (!this.#mayWait()) return Promise.resolve('quota');
    return new Promise((resolve) => {
      let over = false;
      const finish = (wake: Wake | F): void => {
        if (over) return;
        over = true;
        this.#interrupt = undefined;
        timer.clear();
        subscription?.stop();
        this.#waited += clock.now() - began;
        turns.run(this.owner, () => resolve(wake), size);
      };
      this.#interrupt = finish;
      const timer = clock.setTimeout(limit - began, () => finish(atLimit));
      // undefined while subscribe itself runs: it must not wake before it returns.
      let subscription: Subscription | undefined;
      const subscribed = subscribe(() => finish('ready'));
      if (subscribed.ok) subscription = subscribed.value;
      else finish(subscribed);
    });
  }

  /** Ends the call: the wait under way, and every later one. The first reason counts. */
  end(reason: EndReason): void {
    this.#ended ??= reason;
    this.#interrupt?.(this.#ended);
  }

  /** Registers what to do if the result is not delivered; run in the opposite order. */
  undelivered(giveBack: () => void): void {
    this.#giveBacks ??= [];
    this.#giveBacks.push(giveBack);
  }

  /** Gives back what the call consumed: from here on it counts there. */
  giveBack(): void {
    const giveBacks = this.#giveBacks ?? [];
    this.#giveBacks = undefined;
    for (const giveBack of giveBacks.reverse()) giveBack();
    this.releaseBytes();
  }

  /** From here on nothing goes back, whether or not the answer arrives. */
  keepConsumed(): void {
    this.#giveBacks = undefined;
    this.releaseBytes();
  }

  /** Counts bytes that were taken for the answer, until it has arrived or they went back. */
  keepBytes(bytes: number, account: ByteAccount): void {
    account.count(bytes);
    this.#account = account;
    this.#keptBytes += bytes;
  }

  /** The answer has arrived, or its bytes went back. */
  releaseBytes(): void {
    this.#account?.release(this.#keptBytes);
    this.#keptBytes = 0;
  }

  #hearCaller(): void {
    if (this.#hearsCaller) return;
    this.#hearsCaller = true;
    this.#caller.onGone(() => this.end('gone'));
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
        `${name} was still waiting when the daemon's limit came; repeat the call to go on waiting.`,
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
