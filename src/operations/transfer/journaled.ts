import type { Static } from 'typebox';
import type { Journaled } from '../operation.js';
import type { Gathering } from '../schemas/buffers.js';
import type { BytesSchema } from '../schemas/schemas.js';

type Bytes = Static<typeof BytesSchema>;

/** What the journal tells of a send. */
export const journalSent = (
  { bytesSent }: { bytesSent?: number },
  { data, buffers }: Gathering,
): Journaled => ({
  bytesSent,
  payload: bytesSent ? (data ?? buffers) : undefined,
});

interface Received {
  readonly bytesReceived?: number;
  readonly eof?: boolean;
  readonly data?: Bytes;
  readonly buffers?: readonly Bytes[];
}

/** What the journal tells of a receive. */
export const journalReceived = ({ bytesReceived, eof, data, buffers }: Received): Journaled => ({
  bytesReceived,
  eof,
  payload: data ?? buffers,
});
