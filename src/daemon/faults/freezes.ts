import type { ByteAccount } from '../memory/byte-account.js';
import type { Clock } from '../waiting/clock.js';
import type { FaultRule } from './fault-rule.js';

/** The memory of a running freeze: a timer, and a subscription to the end of its rule. */
const FREEZE_BYTES = 600;

/**
 * The freezes of a socket: while one runs, what arrives is hidden. Each ends after its time, or with the rule
 * that began it. Every rule has its own.
 */
export class Freezes {
  readonly #onChange: () => void;
  readonly #account: Pick<ByteAccount, 'count'>;
  readonly #running = new Map<FaultRule, { stop(): void }>();

  /**
   * @param onChange called when a freeze begins or ends, because that changes what is visible
   * @param account counts the running freezes: any rule may freeze any socket
   */
  constructor(onChange: () => void, account: Pick<ByteAccount, 'count'>) {
    this.#onChange = onChange;
    this.#account = account;
  }

  /** The rule of a running freeze, if there is one. */
  get activeRule(): FaultRule | undefined {
    if (this.#running.size === 0) return undefined;
    const [first] = this.#running.keys();
    return first;
  }

  /** Begins a freeze; one of the same rule starts anew. @param ms its length, by the clock */
  begin(rule: FaultRule, ms: number, clock: Clock): void {
    this.#running.get(rule)?.stop();
    const end = (): void => {
      this.#running.get(rule)?.stop();
      this.#running.delete(rule);
      this.#onChange();
    };
    const timer = clock.setTimeout(ms, end);
    const removed = rule.removed.subscribe(end);
    this.#account.count(FREEZE_BYTES);
    this.#running.set(rule, {
      stop: () => {
        timer.clear();
        removed.stop();
        this.#account.count(-FREEZE_BYTES);
      },
    });
    this.#onChange();
  }

  /** The socket has ended: stops all freezes. */
  stop(): void {
    for (const freeze of this.#running.values()) freeze.stop();
    this.#running.clear();
  }
}
