import { type Effect, type Members, STREAMS } from '../effect.js';
import { delaySchema } from './delay.js';

/** The end that a program makes reaches the system, and so the peer, later. */
export const slowClose: Effect = {
  kind: 'slowClose',
  text: [
    'lets a close and the end of sending, which answer at once, reach the system `delayMs` later, or when the',
    'session ends',
  ].join(' '),
  schema: delaySchema,
  sockets: STREAMS,
  fitsOperation: ({ does, closes }) => closes === true || does === 'endsSending',
  fitsNow: ({ state }) => state === 'connected',
  part: () => 'shapes',
  before({ call, daemon: { clock } }, { delayMs }: Members<typeof delaySchema>) {
    call.writableFaults.endsLater = { ms: delayMs, clock };
    return undefined;
  },
};
