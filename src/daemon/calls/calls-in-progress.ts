import type { Call, EndReason } from './call.js';

/** The direction whose shutdown ends a call: sending or receiving. Calls of other operations have none. */
export type Direction = 'send' | 'recv';

/** A call in progress on an id. */
interface CallOnId {
  readonly call: Call;
  readonly direction: Direction | undefined;
}

/** The calls in progress on one id, from the wait for their lane to their answer. */
export class CallsInProgress {
  /** In the order of arrival. Usually one: a Map that becomes empty would allocate a new table each time. */
  readonly #calls: CallOnId[] = [];
  #onIdle: (() => void)[] | undefined;
  #used = false;

  /** Whether any call has ever been made on the id. */
  get wereAny(): boolean {
    return this.#used;
  }

  /** Whether a call is in progress. */
  get areAny(): boolean {
    return this.#calls.length > 0;
  }

  enter(call: Call, direction: Direction | undefined): void {
    this.#used = true;
    this.#calls.push({ call, direction });
  }

  /** A call has ended. */
  leave(call: Call): void {
    const at = this.#calls.findIndex((one) => one.call === call);
    if (at >= 0) this.#calls.splice(at, 1);
    if (this.areAny || !this.#onIdle) return;
    const waiting = this.#onIdle;
    this.#onIdle = undefined;
    for (const idle of waiting) idle();
  }

  /** Ends the calls in progress, of one direction or all; returns their number. */
  end(reason: EndReason, direction?: Direction): number {
    let count = 0;
    for (const one of [...this.#calls]) {
      if (direction !== undefined && one.direction !== direction) continue;
      one.call.end(reason);
      count++;
    }
    return count;
  }

  /** A fault has reset the connection: ends all calls, and marks them with the fault. */
  endByReset(faultId: string): void {
    for (const { call } of this.#calls) call.writableFaults.resetBy ??= faultId;
    this.end('reset');
  }

  /** Resolves when no call is left; undefined if there is none now. */
  whenIdle(): Promise<void> | undefined {
    if (!this.areAny) return undefined;
    return new Promise((resolve) => {
      this.#onIdle ??= [];
      this.#onIdle.push(resolve);
    });
  }
}
