import type { Journaled } from '../operation.js';
import type { Gathering } from '../schemas/buffers.js';
import type { ReceivedResult } from './receive.js';

/** What the journal records of a send. */
export const journalSent = (
  { bytesSent }: { bytesSent?: number },
  { data, buffers }: Gathering,
): Journaled => ({
  bytesSent,
  payload: bytesSent ? (data ?? buffers) : undefined,
});

/** What the journal records of a receive. */
export const journalReceived = (result: Partial<ReceivedResult>): Journaled => ({
  bytesReceived: result.bytesReceived,
  eof: result.eof,
  payload: result.data,
});
