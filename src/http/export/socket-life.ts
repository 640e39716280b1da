import type { Static } from 'typebox';
import type { getSocketJournal } from '../../operations/journal/get-socket-journal.js';
import type { JournalEntryView } from '../../operations/journal/journal-schemas.js';
import type { AnyOperation } from '../../operations/operation.js';

/** An entry as a journal gives it, and what its operation declares. */
export interface Entry extends JournalEntryView {
  readonly op: AnyOperation;
}

/** The journal of one socket as getSocketJournal gives it, with every page in it. */
export interface SocketLife extends Omit<Static<(typeof getSocketJournal)['result']>, 'entries'> {
  readonly entries: readonly Entry[];
}

/** A parameter of a call, where it was recorded. */
export const parameter = (entry: Entry, name: string): unknown =>
  Object.entries(entry.parameters ?? {}).find(([key]) => key === name)?.[1];

/** Whether a call had a flag, for example `MSG_PEEK`. */
export const hasFlag = (entry: Entry, flag: string): boolean => {
  const flags = parameter(entry, 'flags');
  return Array.isArray(flags) && flags.includes(flag);
};

/**
 * What became of a call itself, whatever a fault made of its answer. `failed`: with the name of the entry;
 * `reset`: a fault reset the connection; `nothing`: nothing that anybody else could have noticed.
 */
export const happened = ({ outcome, invented }: Entry): 'done' | 'failed' | 'reset' | 'nothing' => {
  if (invented?.effect === 'reset') return 'reset';
  if (invented) return invented.realCode === 0 ? 'done' : 'nothing';
  return outcome === 'ok' ? 'done' : 'failed';
};

/** Whether the answer of a call did not arrive, and what it took went back. */
export const wentBack = ({ undelivered, collected }: Entry): boolean =>
  undelivered === true && collected !== true;

/** The first bytes of a call, as far as they were captured. */
export const capturedOf = (entry: Entry, length: number): Buffer =>
  Buffer.from(entry.data?.base64 ?? '', 'base64').subarray(0, length);

/** How much of the bytes of a call was not captured, in words; undefined: nothing. */
export const notAllCaptured = ({ bytesSent, bytesReceived, data }: Entry): string | undefined => {
  const length = bytesSent ?? bytesReceived ?? 0;
  const missing = length - (data?.len ?? 0);
  return missing > 0 ? `${missing} of ${length} bytes were not captured` : undefined;
};
