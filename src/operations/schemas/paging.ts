import Type from 'typebox';
import type { Answer } from '../../daemon/answers/answer.js';
import { refuse } from '../../daemon/answers/refusals.js';
import type { Cursors } from '../../daemon/ids/cursors.js';
import { ok } from '../../winsock/outcome.js';
import { int32 } from './schemas.js';

/** Parameters of a list: how many at most, and where to go on. */
export const pageParams = {
  limit: Type.Optional(int32('Most entries in one answer; 100 without it.', 1, 1000)),
  cursor: Type.Optional(
    Type.String({ description: 'nextCursor of the page before, of the same list.', maxLength: 64 }),
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
 * One page of entries that stand in the order of their ids, also when the last one given is gone by now. A
 * cursor that was not issued for the list is a validation problem.
 *
 * @param list what is listed, and whose
 */
export const page = <T extends { readonly id: string }>(
  cursors: Cursors,
  list: string,
  all: readonly T[],
  { limit = 100, cursor }: { limit?: number; cursor?: string },
): Answer<Page<T>> => {
  const after = cursor === undefined ? '' : cursors.read(list, cursor);
  if (after === undefined) return notIssued('/cursor', 'must be the nextCursor of a page of this list');
  const sorted = [...all].sort((a, b) => (a.id < b.id ? -1 : 1));
  const left = sorted.filter(({ id }) => id > after);
  const entries = left.slice(0, limit);
  const last = entries.at(-1);
  return ok({ entries, ...(left.length > limit && last && { nextCursor: cursors.issue(list, last.id) }) });
};

/** The refusal of a place to go on that this daemon has not named. */
export const notIssued = (pointer: string, detail: string) =>
  refuse('validation', `${pointer}: ${detail}.`, { errors: [{ pointer, detail }] });
