import Type from 'typebox';
import type { Answer } from '../../daemon/answers/answer.js';
import { invalid } from '../../daemon/answers/refusals.js';
import { ok } from '../../winsock/outcome.js';
import { int32 } from './schemas.js';

/** Parameters of a list: the size of the page, and where it begins. */
export const pageParams = {
  limit: Type.Optional(int32('Most entries in one answer; 100 without it.', 1, 1000)),
  cursor: Type.Optional(
    Type.String({
      description: 'nextCursor of the page before, of the same list.',
      pattern: '^[1-9][0-9]{0,14}$',
      maxLength: 15,
    }),
  ),
};

/** Names of the paging parameters, which belong to the query. */
export const PAGE_QUERY = ['limit', 'cursor'];

export const nextCursorSchema = Type.Optional(
  Type.String({ description: 'Where the next page begins; absent on the last.' }),
);

interface Page<T> {
  readonly entries: readonly T[];
  readonly nextCursor?: string;
}

/**
 * One page of entries. A cursor is the number of the last entry of the page before, which may be gone by now.
 * A number that no entry has had yet is refused: a client with a cursor of another list would miss entries.
 *
 * @param all the entries in the order of their numbers
 * @param newest the newest number
 */
export const page = <T extends { readonly number: number }>(
  all: readonly T[],
  newest: number,
  { limit = 100, cursor = '0' }: { limit?: number; cursor?: string },
): Answer<Page<T>> => {
  if (Number(cursor) > newest) return invalid(['cursor'], 'must be the nextCursor of a page of this list');
  const left = all.filter(({ number }) => number > Number(cursor));
  const entries = left.slice(0, limit);
  const last = entries.at(-1);
  return ok({ entries, ...(left.length > limit && last && { nextCursor: String(last.number) }) });
};
