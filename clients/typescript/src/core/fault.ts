import { unlessGone } from './errors.js';
import type { FaultInfo, Operations } from './operations.gen.js';
import type { Loose } from './operations.js';
import type { Owner } from './owner.js';

/** A rule of a fault: `effect`, and what docs/faults.md says of it. */
export type FaultRule = Loose<Omit<Operations['armFault']['params'], 'sessionId' | 'socketId'>>;

/** An armed rule. With `await using` it is removed at the end of the block. */
export class Fault {
  /** The id, `flt_...`. */
  readonly id: string;
  readonly #owner: Owner;

  constructor(owner: Owner, id: string) {
    this.#owner = owner;
    this.id = id;
  }

  /** Arms a rule for all sockets of a session, or for one of them. */
  static async arm(owner: Owner, rule: FaultRule, socketId?: string): Promise<Fault> {
    const { calls, sessionId } = owner;
    const { faultId } = await calls.call('armFault', { ...rule, sessionId, socketId });
    return new Fault(owner, faultId);
  }

  /** The rule, how many calls matched it (`calls`) and how many it hit (`hits`). */
  info(): Promise<FaultInfo> {
    const { calls, sessionId } = this.#owner;
    return calls.call('getFault', { sessionId, faultId: this.id });
  }

  /** How many calls it has hit. */
  async hits(): Promise<number> {
    return (await this.info()).hits;
  }

  /** Removes the rule. */
  async remove(): Promise<void> {
    const { calls, sessionId } = this.#owner;
    await calls.call('removeFault', { sessionId, faultId: this.id });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return unlessGone(this.remove());
  }
}
