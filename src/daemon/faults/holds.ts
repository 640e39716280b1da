import type { ByteAccount } from '../memory/byte-account.js';
import type { Clock } from '../waiting/clock.js';
import type { FaultRule } from './fault-rule.js';
import type { Hold } from './hold.js';

/** The memory of a hold: its timers, its subscription, and the arrivals that it knows. */
const HOLD_BYTES = 12_000;

/** A direction of a socket has at most so many holds: the rules of a session may all be for all its sockets. */
export const MOST_HOLDS = 16;

interface Running {
  readonly hold: Hold;
  readonly clear: () => void;
}

/**
 * What faults hold back in one direction of a socket. Each rule has one hold there, from its first hit until
 * the rule is removed or expires, or the direction ends.
 */
export class Holds {
  readonly #onChange: () => void;
  readonly #account: Pick<ByteAccount, 'count'>;
  readonly #running = new Map<FaultRule, Running>();

  /**
   * @param onChange called when more may pass
   * @param account counts the holds: any rule may have one at any socket
   */
  constructor(onChange: () => void, account: Pick<ByteAccount, 'count'>) {
    this.#onChange = onChange;
    this.#account = account;
  }

  /** Whether the rule has its hold here. */
  has(rule: FaultRule): boolean {
    return this.#running.has(rule);
  }

  /**
   * Begins the hold of a rule, if it has not begun and there is room for it.
   *
   * @param make is given what to call when more may pass
   * @returns whether the rule has its hold now
   */
  begin(rule: FaultRule, clock: Clock, make: (changed: () => void) => Hold): boolean {
    if (this.#running.has(rule)) return true;
    if (this.#running.size >= MOST_HOLDS) return false;
    const hold = make(this.#onChange);
    const end = (): void => {
      this.#stop(rule);
      this.#onChange();
    };
    const removed = rule.removed.subscribe(end);
    const ms = rule.expiresAt - clock.now();
    const expires = Number.isFinite(ms) ? clock.setTimeout(ms, end) : undefined;
    this.#account.count(HOLD_BYTES);
    this.#running.set(rule, {
      hold,
      clear: () => {
        removed.stop();
        expires?.clear();
        hold.stop();
        this.#account.count(-HOLD_BYTES);
      },
    });
    hold.begin?.();
    this.#onChange();
    return true;
  }

  get areAny(): boolean {
    return this.#running.size > 0;
  }

  /** How many bytes may pass now; see Hold. */
  get passes(): number {
    let passes = Number.POSITIVE_INFINITY;
    for (const { hold } of this.#running.values()) passes = Math.min(passes, hold.passes);
    return passes;
  }

  get hidesEnd(): boolean {
    for (const { hold } of this.#running.values()) if (hold.hidesEnd) return true;
    return false;
  }

  /** The rule that holds something back now, if one does. */
  get activeRule(): FaultRule | undefined {
    for (const [rule, { hold }] of this.#running) if (hold.holds) return rule;
    return undefined;
  }

  passed(bytes: number): void {
    for (const { hold } of this.#running.values()) hold.passed(bytes);
  }

  /** The socket is connected now, or uses another native handle. */
  beginAll(): void {
    for (const { hold } of this.#running.values()) hold.begin?.();
  }

  /** The native handle in use is about to be closed. */
  pauseAll(): void {
    for (const { hold } of this.#running.values()) hold.pause?.();
  }

  /** The direction has ended: holds nothing any more. */
  stopAll(): void {
    for (const rule of [...this.#running.keys()]) this.#stop(rule);
  }

  #stop(rule: FaultRule): void {
    const running = this.#running.get(rule);
    this.#running.delete(rule);
    running?.clear();
  }
}
