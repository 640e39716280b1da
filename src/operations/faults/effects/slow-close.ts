import { type Effect, type Members, STREAMS } from '../effect.js';
import { delaySchema } from './delay.js';

/** The end that a program makes reaches the system, and so the peer, later. */
export const slowClose: Effect = {
  kind: 'slowClose',
  text: [
    'lets a close and the end of sending reach the system `delayMs` later, while the calls answer at once as',
    'always; the end of the session does it at once',
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
