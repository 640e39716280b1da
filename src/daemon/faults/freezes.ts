import type { ByteAccount } from '../memory/byte-account.js';
import type { Clock } from '../waiting/clock.js';
import type { FaultRule } from './faults.js';

/** What a running freeze takes of the memory: a timer, and what tells it of the end of its rule. */
const FREEZE_BYTES = 600;

/**
 * The times in which faults let a socket see nothing of what arrives. Each ends by the clock, or with the
 * rule that began it; rules begin and end theirs apart from each other.
 */
export class Freezes {
  readonly #onChange: () => void;
  readonly #account: Pick<ByteAccount, 'count'>;
  readonly #running = new Map<FaultRule, { stop(): void }>();

  /**
   * @param onChange told when one begins or ends: what can be seen is another from then on
   * @param account where those count that run: any rule may freeze any socket
   */
  constructor(onChange: () => void, account: Pick<ByteAccount, 'count'>) {
    this.#onChange = onChange;
    this.#account = account;
  }

  /** The rule of one that is running. */
  get by(): FaultRule | undefined {
    if (this.#running.size === 0) return undefined;
    const [first] = this.#running.keys();
    return first;
  }

  /** Begins one, or begins that of the same rule anew. @param ms how long, by the clock */
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

  /** The socket is gone: nothing is left to hide. */
  stop(): void {
    for (const freeze of this.#running.values()) freeze.stop();
    this.#running.clear();
  }
}
