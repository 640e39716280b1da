import type { SocketId } from '../ids/ids.js';
import { FaultRule, type FaultSpec, type FaultSubject } from './fault-rule.js';

/** A session has at most this many rules. */
export const MOST_FAULTS = 1000;

/**
 * The rules armed in one session, for all its sockets or for one. Every rule counts on its own: what one does
 * never changes what another counts or draws. So the same calls in the same order have the same hits.
 */
export class Faults {
  #rules: readonly FaultRule[] = [];
  #issued = 0;

  /** Whether there are rules. Without rules, this check is all that faults cost a call. */
  get any(): boolean {
    return this.#rules.length > 0;
  }

  /** In the order of arming. */
  get rules(): readonly FaultRule[] {
    return this.#rules;
  }

  /**
   * Whether so many more rules fit. If they do not, first removes the rules that can never hit again.
   *
   * @param inPlaceOf the ids of rules that they replace
   */
  hasRoomFor(count: number, now: number, inPlaceOf: readonly string[] = []): boolean {
    const fits = (): boolean => {
      const replaced = inPlaceOf.filter((id) => this.find(id) !== undefined).length;
      return this.#rules.length - replaced + count <= MOST_FAULTS;
    };
    if (fits()) return true;
    // What they hold back must end with them: no call could name them any more.
    this.#removeWhere((rule) => rule.isSpent(now));
    return fits();
  }

  /** Arms a rule. Ids count from `flt_1` in each session, so that transcripts of two runs can be compared. */
  arm(spec: FaultSpec, now: number): FaultRule {
    this.#issued++;
    const rule = new FaultRule(this.#issued, spec, now);
    this.#rules = [...this.#rules, rule];
    return rule;
  }

  /** Adds a removed rule again, with its counters, at its position in the order of arming. */
  restore(rule: FaultRule): void {
    this.#rules = [...this.#rules, rule].sort((a, b) => a.number - b.number);
  }

  find(id: string): FaultRule | undefined {
    return this.#rules.find((rule) => rule.id === id);
  }

  remove(id: string): void {
    this.#removeWhere((rule) => rule.id === id);
  }

  /** The socket has ended: removes its rules. */
  removeOfSocket(socketId: SocketId): void {
    if (this.any) this.#removeWhere((rule) => rule.spec.socketId === socketId);
  }

  /** Removes all rules; returns them. */
  removeAll(): readonly FaultRule[] {
    const removed = this.#rules;
    this.#removeWhere(() => true);
    return removed;
  }

  #removeWhere(go: (rule: FaultRule) => boolean): void {
    const removed = this.#rules.filter(go);
    this.#rules = this.#rules.filter((rule) => !removed.includes(rule));
    for (const rule of removed) rule.removed.fire();
  }

  /**
   * Counts one call, and returns the rules that act on it, in the order of arming. Their hits are counted
   * now, so that concurrent calls do not share the last one of `times`. A rule that does not act after all
   * loses the hit.
   */
  takeHits(subject: FaultSubject, now: number): readonly FaultRule[] {
    const hits = rulesThatAct(this.count(subject, now));
    for (const rule of hits) rule.hits++;
    return hits;
  }

  /**
   * Counts one call for every rule that it matches; returns the rules that choose it, in the order of arming.
   */
  count(subject: FaultSubject, now: number): readonly FaultRule[] {
    return this.#rules.filter((rule) => rule.countCall(subject, now));
  }
}

/**
 * The rules that act on a call, from those that choose it. The first that makes or decides the answer acts;
 * others of this kind do not. The remaining rules act together with it. If the call is not made, only those
 * act that precede it and were armed before.
 */
const rulesThatAct = (chosen: readonly FaultRule[]): readonly FaultRule[] => {
  const answers = chosen.find((rule) => makesAnswer(rule));
  return chosen.filter((rule) => {
    if (rule === answers) return true;
    if (makesAnswer(rule)) return false;
    if (answers?.spec.effect.part !== 'replaces') return true;
    return rule.number < answers.number && rule.spec.effect.part === 'precedes';
  });
};

const makesAnswer = ({ spec: { effect } }: FaultRule): boolean =>
  effect.part === 'replaces' || effect.part === 'decides';
