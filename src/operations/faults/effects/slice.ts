import { int32 } from '../../schemas/schemas.js';
import { type Effect, type Members, MOST, STREAMS } from '../effect.js';

/** Also a member of `limit`. */
export const sliceSchema = { bytes: int32('With `slice` and `limit`: bytes.', 1, MOST) };

/**
 * A receive gives, or a send takes, at most so many bytes. Only for streams: a datagram cannot be divided.
 */
export const slice: Effect = {
  kind: 'slice',
  text: 'lets a stream receive or send at most `bytes`',
  schema: sliceSchema,
  sockets: STREAMS,
  fitsOperation: ({ does }) => does === 'sends' || does === 'receives',
  part: () => 'shapes',
  before({ call: { writableFaults: faults } }, { bytes }: Members<typeof sliceSchema>) {
    faults.mostBytes = Math.min(faults.mostBytes, bytes);
    return undefined;
  },
};
