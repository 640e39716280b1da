import type { AnyOperation } from '../../operations/operation.js';
import { DEFAULT_BYTES } from '../../operations/transfer/receive-call.js';
import { answersMuch } from './long-bodies.js';

/** The longest answer of a batch that is kept for a key. */
export const BATCH_ANSWER = 8 * 1024 * 1024 + 64 * 1024;

/** The most bytes of one receive, by its schema. */
const MOST_RECEIVED = 4 * 1024 * 1024;

/** The longest answer without bytes and lists. */
const PLAIN_ANSWER = 4 * 1024;

/** A list of ids, or an answer with a little data. */
const LIST_ANSWER = 64 * 1024;

/** The most bytes that the answer of a call can have; also of one whose parameters are wrong. */
export const longestAnswer = (
  op: Pick<AnyOperation, 'params' | 'result'>,
  { maxBytes, buffers, as }: Readonly<Record<string, unknown>>,
): number => {
  if (!answersMuch(op)) return PLAIN_ANSWER;
  if (!Object.hasOwn(op.params.properties, 'maxBytes')) return LIST_ANSWER;
  const lengths: readonly unknown[] = Array.isArray(buffers) ? buffers : [];
  const sum = lengths.reduce((all: number, one) => all + (Number(one) || 0), 0);
  const room = lengths.length > 0 ? sum : Number(maxBytes ?? DEFAULT_BYTES) || 0;
  // base64 has four characters for three bytes, and each buffer repeats its part; a character may be escaped.
  const perByte = (lengths.length > 0 ? 8 / 3 : 4 / 3) + (as === 'text' ? 6 : 0);
  return LIST_ANSWER + Math.ceil(Math.min(Math.max(0, room), MOST_RECEIVED) * perByte);
};
