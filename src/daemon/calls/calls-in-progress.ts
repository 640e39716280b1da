import type { Call, EndReason } from './call.js';

/** Which waits an event ends: those that send, those that receive (accept too), or all. */
export type Direction = 'send' | 'recv';

/** A call that works on an id. */
interface Working {
  readonly call: Call;
  readonly direction: Direction | undefined;
}

/** The calls that work on one id, from their lane to their answer. */
export class CallsInProgress {
  /** In the order in which they came. Mostly one: a Map would make a new table each time that it goes. */
  readonly #working: Working[] = [];
  #onIdle: (() => void)[] | undefined;
  #used = false;

  /** Whether any call has worked on it. */
  get wereAny(): boolean {
    return this.#used;
  }

  /** Whether a call works on it now. */
  get areAny(): boolean {
    return this.#working.length > 0;
  }

  enter(call: Call, direction: Direction | undefined): void {
    this.#used = true;
    this.#working.push({ call, direction });
  }

  /** A call has let go. */
  leave(call: Call): void {
    const at = this.#working.findIndex((one) => one.call === call);
    if (at >= 0) this.#working.splice(at, 1);
    if (this.areAny || !this.#onIdle) return;
    const waiting = this.#onIdle;
    this.#onIdle = undefined;
    for (const idle of waiting) idle();
  }

  /** Ends the calls under way, of one direction or all; gives their number. */
  end(reason: EndReason, direction?: Direction): number {
    let count = 0;
    for (const one of [...this.#working]) {
      if (direction !== undefined && one.direction !== direction) continue;
      one.call.end(reason);
      count++;
    }
    return count;
  }

  /** A fault has reset the connection: ends them all, and says which. */
  reset(faultId: string): void {
    for (const { call } of this.#working) call.faulted.resetBy ??= faultId;
    this.end('reset');
  }

  /** Resolves when none is left; undefined when that is so now. */
  idle(): Promise<void> | undefined {
    if (!this.areAny) return undefined;
    return new Promise((resolve) => {
      this.#onIdle ??= [];
      this.#onIdle.push(resolve);
    });
  }
}
