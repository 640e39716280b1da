/** An answer that is a fault's and not the provider's. */
export interface Invention {
  readonly faultId: string;
  /** The kind of the effect. */
  readonly effect: string;
  /** How the call itself ended, where it was made: 0 or its code. */
  readonly realCode?: number;
}

const NONE: readonly string[] = Object.freeze([]);

/** What faults have done to one call, and want of it. */
export class CallFaults {
  /** Those that had a hand in it, by rule id. */
  ids = NONE;
  /** Most bytes that a send takes or a receive gives. */
  mostBytes = Number.POSITIVE_INFINITY;
  /** Whether the datagram counts as sent and goes nowhere. */
  losesDatagram = false;
  /** How the answer came about, if a fault has made it. */
  invention: Invention | undefined;
  /** The result that was dropped after the call was made. */
  dropped: object | undefined;
  /** The rule that reset the connection of a socket which the call worked on. */
  resetBy: string | undefined;

  /** The fault had a hand in the call: its answer and the journal name it. */
  name(id: string): void {
    if (!this.ids.includes(id)) this.ids = [...this.ids, id];
  }

  /** The fault had no hand in it after all. */
  unname(id: string): void {
    this.ids = this.ids.filter((other) => other !== id);
  }
}

/** As those see it that do not write it. */
export type FaultsSoFar = Readonly<Omit<CallFaults, 'name' | 'unname'>>;

/** Of a call that no fault has to do with. */
export const NO_FAULTS: FaultsSoFar = Object.freeze(new CallFaults());
