import type { Calls } from './calls.js';
import type { JournalEntry } from './operations.gen.js';

/** Entries in one answer. */
const LIMIT = 1000;

/** All entries of a journal that the daemon has kept, the oldest first. */
export const journalOf = async (
  calls: Calls,
  operation: 'getSessionJournal' | 'getSocketJournal',
  ids: object,
): Promise<readonly JournalEntry[]> => {
  const entries: JournalEntry[] = [];
  for (let after = 0; ; ) {
    const page = await calls.call(operation, { ...ids, after, limit: LIMIT });
    if (page.entries.length === 0) return entries;
    entries.push(...page.entries);
    after = page.nextAfter;
  }
};
