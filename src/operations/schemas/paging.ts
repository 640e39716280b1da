import Type from 'typebox';
import { int32 } from './schemas.js';

/** Parameters of a list: how many at most, and where to go on. */
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

export const nextCursorSchema = Type.Optional(
  Type.String({ description: 'Where the next page begins; absent on the last.' }),
);

interface Page<T> {
  readonly entries: readonly T[];
  readonly nextCursor?: string;
}

/**
 * One page of entries, also when the last one given is gone by now: a cursor is that one's number.
 *
 * @param all the entries in the order of their numbers
 */
export const page = <T extends { readonly number: number }>(
  all: readonly T[],
  { limit = 100, cursor = '0' }: { limit?: number; cursor?: string },
): Page<T> => {
  const left = all.filter(({ number }) => number > Number(cursor));
  const entries = left.slice(0, limit);
  const last = entries.at(-1);
  return { entries, ...(left.length > limit && last && { nextCursor: String(last.number) }) };
};
