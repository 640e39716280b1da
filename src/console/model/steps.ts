import type { Step } from './steps/draft.js';
import { Drafting } from './steps/drafting.js';
import { LocalAddresses } from './steps/local-addresses.js';
import type { MadeCall } from './steps/made-call.js';
import { inOrder } from './steps/order.js';
import { toldOf } from './steps/told.js';
import type { BatchStep, SessionInfo, SocketInfo } from './types.js';

export type { Reference, Step } from './steps/draft.js';
export type { MadeCall, OwnCall, OwnRecordedCall } from './steps/made-call.js';
export { withOwn } from './steps/with-own.js';

/** Sessions and sockets as they were looked at: for those that began before the first call. */
export interface Known {
  readonly sessions?: readonly SessionInfo[];
  readonly sockets?: readonly SocketInfo[];
}

/** A conversation as steps, and notes on what they do not repeat, one line each. */
export interface Conversation {
  readonly steps: readonly Step[];
  readonly notes: readonly string[];
}

/**
 * The calls of a conversation as steps of a batch, which can be made again one after the other: ids, and ports
 * that the system has assigned, are references to the results of earlier steps.
 *
 * @param calls each call once, in any order; times of one clock
 */
export const stepsOf = (calls: readonly MadeCall[], known: Known = {}): Conversation => {
  const { sessions = [], sockets = [] } = known;
  const addresses = new LocalAddresses(calls, sockets);
  const told = calls.map((made) => toldOf(made, addresses));
  const notes: string[] = [];
  for (const { operation, leftOut } of told) {
    if (leftOut !== undefined) notes.push(`${operation} is left out: ${leftOut}.`);
  }
  const kept = inOrder(told.filter(({ leftOut }) => leftOut === undefined));
  const drafting = new Drafting(kept, addresses, new Map(sessions.map((one) => [one.sessionId, one])));
  drafting.know(sockets);
  for (const one of kept) drafting.add(one);
  return { steps: drafting.steps(), notes: [...new Set([...notes, ...drafting.notes])] };
};

/** The document of a batch, for `POST /v1/batch`. What the batch made ends if a step differs. */
export interface BatchDocument {
  readonly steps: readonly BatchStep[];
  readonly onError: 'cleanup';
}

/** The steps as the document of a batch; there has to be at least one. */
export const batchOf = (steps: readonly Step[]): BatchDocument => ({
  steps: steps.map(({ notes: _, ...step }) => step),
  onError: 'cleanup',
});
