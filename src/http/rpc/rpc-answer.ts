import type { CollectedAnswer } from '../rest/collected-answer.js';
import type { CallReply } from '../rest/named-calls.js';

/** The answer to one request object. */
export interface RpcAnswer {
  /** The response object; undefined for a notification, which has none. */
  readonly text?: string | undefined;
  /** The reply of the operation, to be settled; undefined if no call was made. */
  readonly reply?: CallReply | undefined;
  /** The answers of the calls of a batch, to be settled. */
  readonly collected?: CollectedAnswer | undefined;
}

/** Settles the calls of an answer: whether it was delivered. */
export const settleAnswer = ({ reply, collected }: RpcAnswer, delivered: boolean): void => {
  reply?.result.settle(delivered);
  collected?.settle(delivered);
};

/**
 * Answers an array: its calls begin in the order of the requests, and may end in any other.
 *
 * @param begin begins the call of a request; it does not reject
 * @param pace resolves when the next call may begin
 * @param collected takes the answers of the calls
 * @returns once all calls have begun. `answered` gives the response, whose calls `collected` settles;
 *   undefined if there were only notifications
 */
export const answerArray = async (
  values: readonly unknown[],
  begin: (value: unknown) => Promise<RpcAnswer>,
  pace: () => Promise<void>,
  collected: CollectedAnswer,
): Promise<{ readonly answered: Promise<string | undefined> }> => {
  const texts: (string | undefined)[] = [];
  const calls: Promise<void>[] = [];
  for (const [at, value] of values.entries()) {
    await pace();
    if (collected.isLost) break;
    calls.push(
      begin(value).then((answer) => {
        texts[at] = answer.text;
        take(collected, answer);
      }),
    );
  }
  const answered = Promise.all(calls).then(() => {
    const written = texts.filter((text) => text !== undefined);
    return written.length > 0 ? `[${written.join(',')}]` : undefined;
  });
  return { answered };
};

/** Takes the answer of one request object of an array. */
const take = (collected: CollectedAnswer, answer: RpcAnswer): void => {
  if (answer.text === undefined) settleAnswer(answer, false);
  else {
    collected.keep(answer.text);
    if (answer.reply) collected.take(answer.reply);
    if (answer.collected) collected.adopt(answer.collected);
  }
};
