import type { Static } from 'typebox';
import type { getSocketJournal } from '../../operations/get-socket-journal.js';
import type { JournalEntryView } from '../../operations/journal-schemas.js';

/** The journal of one socket as getSocketJournal gives it, with every page in it. */
export type SocketLife = Static<(typeof getSocketJournal)['result']>;

export type { JournalEntryView };

/** A parameter of a call, where it was recorded. */
export const parameter = (entry: JournalEntryView, name: string): unknown =>
  Object.entries(entry.parameters ?? {}).find(([key]) => key === name)?.[1];
