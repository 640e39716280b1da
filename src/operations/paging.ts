import Type from 'typebox';
import { int32 } from './schemas.js';

/** Parameters of a list: how many at most, and where to go on. */
export const pageParams = {
  limit: Type.Optional(int32('Most entries in one answer; 100 without it.', 1, 1000)),
  cursor: Type.Optional(Type.String({ description: 'nextCursor of the page before.', maxLength: 64 })),
};

export const nextCursorSchema = Type.Optional(
  Type.String({ description: 'Where the next page begins; absent on the last.' }),
);

/** One page of entries that stand in a stable order; the cursor is the id of the last one given. */
export const page = <T extends { readonly id: string }>(
  all: readonly T[],
  { limit = 100, cursor }: { limit?: number; cursor?: string },
): { entries: readonly T[]; nextCursor?: string } => {
  const at = cursor === undefined ? 0 : all.findIndex((entry) => entry.id > cursor);
  const entries = at < 0 ? [] : all.slice(at, at + limit);
  const last = entries.at(-1);
  const more = at >= 0 && at + limit < all.length;
  return { entries, ...(more && last && { nextCursor: last.id }) };
};
