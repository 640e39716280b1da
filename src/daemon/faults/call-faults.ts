import type { Clock } from '../waiting/clock.js';

/** How a fault has made an answer, in place of the provider. */
export interface Invention {
  readonly faultId: string;
  /** The kind of the effect. */
  readonly effect: string;
  /** How the call itself ended, if it was made: 0 or its code. */
  readonly realCode?: number;
}

/** So many milliseconds later, by the clock. */
export interface Later {
  readonly ms: number;
  readonly clock: Clock;
}

const NONE: readonly string[] = Object.freeze([]);

/** The effects of faults on one call. */
export class CallFaults {
  /** The ids of the rules that acted on it. */
  ids = NONE;
  /** Most bytes that a send takes or a receive returns. */
  mostBytes = Number.POSITIVE_INFINITY;
  /** Whether the datagram is lost although the send succeeds. */
  losesDatagram = false;
  /** When what the call ends reaches the system, if a fault delays that. */
  endsLater: Later | undefined;
  /** How a fault has made the answer, if one has. */
  invention: Invention | undefined;
  /** The result that was dropped after the call was made. */
  dropped: object | undefined;
  /** The rule that reset the connection of one of the call's sockets. */
  resetBy: string | undefined;

  /** The rule acts on the call: the answer and the journal name it. */
  addId(id: string): void {
    if (!this.ids.includes(id)) this.ids = [...this.ids, id];
  }

  /** The rule has not acted after all. */
  removeId(id: string): void {
    this.ids = this.ids.filter((other) => other !== id);
  }
}

/** The view of code that only reads it. */
export type ReadonlyCallFaults = Readonly<Omit<CallFaults, 'addId' | 'removeId'>>;

/** For a call on which no fault acts. */
export const NO_FAULTS: ReadonlyCallFaults = Object.freeze(new CallFaults());
