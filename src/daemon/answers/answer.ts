import type { Outcome } from '../../winsock/outcome.js';
import type { Refusal } from './refusals.js';

/** What an operation answers: its result, a Winsock failure, or a refusal of the daemon. */
export type Answer<T> = Outcome<T> | Refusal;

export const isRefusal = (answer: Answer<unknown>): answer is Refusal => !answer.ok && 'refusal' in answer;
