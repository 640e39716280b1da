import type { Call, EndReason } from './call.js';

/** Which waits an event ends: those that send, those that receive (accept too), or all. */
export type Direction = 'send' | 'recv';

/** The calls that work on one id, from their lane to their answer. */
export class CallsInProgress {
  readonly #calls = new Map<Call, Direction | undefined>();
  #onIdle: (() => void)[] = [];
  #used = false;

  /** Whether any call has worked on it. */
  get wereAny(): boolean {
    return this.#used;
  }

  /** Whether a call works on it now. */
  get areAny(): boolean {
    return this.#calls.size > 0;
  }

  enter(call: Call, direction: Direction | undefined): void {
    this.#used = true;
    this.#calls.set(call, direction);
  }

  /** A call has let go. */
  leave(call: Call): void {
    this.#calls.delete(call);
    if (this.#calls.size > 0) return;
    for (const idle of this.#onIdle.splice(0)) idle();
  }

  /** Ends the calls under way, of one direction or all; gives their number. */
  end(reason: EndReason, direction?: Direction): number {
    let count = 0;
    for (const [call, of] of this.#calls) {
      if (direction !== undefined && of !== direction) continue;
      call.end(reason);
      count++;
    }
    return count;
  }

  /** A fault has reset the connection: ends them all, and says which. */
  reset(faultId: string): void {
    for (const call of this.#calls.keys()) call.faults.resetBy ??= faultId;
    this.end('reset');
  }

  /** Resolves when none is left; undefined when that is so now. */
  idle(): Promise<void> | undefined {
    if (this.#calls.size === 0) return undefined;
    return new Promise((resolve) => {
      this.#onIdle.push(resolve);
    });
  }
}
