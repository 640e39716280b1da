import type { Static } from 'typebox';
import type { getSocketJournal } from '../../operations/journal/get-socket-journal.js';
import type { JournalEntryView } from '../../operations/journal/journal-schemas.js';
import type { AnyOperation } from '../../operations/operation.js';

/** An entry of a journal with its operation. */
export interface Entry extends JournalEntryView {
  readonly op: AnyOperation;
}

/** The whole journal of one socket, with the members of getSocketJournal. */
export interface SocketLife extends Omit<Static<(typeof getSocketJournal)['result']>, 'entries'> {
  readonly entries: readonly Entry[];
}

/** A parameter of a call; undefined if it was not recorded. */
export const parameter = (entry: Entry, name: string): unknown =>
  Object.entries(entry.parameters ?? {}).find(([key]) => key === name)?.[1];

/** Whether a call had a flag, for example `MSG_PEEK`. */
export const hasFlag = (entry: Entry, flag: string): boolean => {
  const flags = parameter(entry, 'flags');
  return Array.isArray(flags) && flags.includes(flag);
};

/**
 * What a call itself did, whatever a fault did to its answer. `failed`: it failed with the name in the entry;
 * `reset`: a fault reset the connection; `nothing`: it had no effect that a peer could have noticed.
 */
export const effectOf = ({ outcome, invented }: Entry): 'done' | 'failed' | 'reset' | 'nothing' => {
  if (invented?.effect === 'reset') return 'reset';
  if (invented) return invented.realCode === 0 ? 'done' : 'nothing';
  return outcome === 'ok' ? 'done' : 'failed';
};

/** Whether the answer of a call was not delivered, and what the call had consumed went back. */
export const wentBack = ({ undelivered, collected }: Entry): boolean =>
  undelivered === true && collected !== true;

/** The captured bytes among the first `length` bytes of a call's payload. */
export const capturedBytes = (entry: Entry, length: number): Buffer =>
  Buffer.from(entry.data?.base64 ?? '', 'base64').subarray(0, length);

/** A text about how much of a call's payload was not captured; undefined if all was. */
export const missingPayload = ({ bytesSent, bytesReceived, data }: Entry): string | undefined => {
  const length = bytesSent ?? bytesReceived ?? 0;
  const missing = length - (data?.len ?? 0);
  return missing > 0 ? `${missing} of ${length} bytes were not captured` : undefined;
};
