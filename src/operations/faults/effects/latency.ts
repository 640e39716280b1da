import Type from 'typebox';
import { DelayedArrivals } from '../../../daemon/faults/delayed-arrivals.js';
import { arrivalSource } from '../../../daemon/sockets/arrival-source.js';
import { int32 } from '../../schemas/schemas.js';
import { type Effect, LONGEST_MS, type Members, STREAMS } from '../effect.js';
import { heldBack } from './held-back.js';

const schema = {
  latencyMs: int32('With `latency`: milliseconds.', 1, LONGEST_MS),
  jitterMs: Type.Optional(
    int32('With `latency`: up to so many milliseconds more or less, drawn by `seed`.', 0, LONGEST_MS),
  ),
};
type Given = Members<typeof schema> & { readonly seed?: number };

/** Bytes and the end of a stream show that much after they arrived. */
export const latency: Effect = {
  kind: 'latency',
  text: 'shows bytes and the end of a stream `latencyMs` after they arrived, in their order',
  schema,
  usesSeed: true,
  check({ latencyMs = 0, jitterMs = 0 }: Partial<Given>) {
    return jitterMs > latencyMs ? [{ path: ['jitterMs'], detail: 'must not be above latencyMs' }] : [];
  },
  sockets: STREAMS,
  fitsOperation: ({ does }) => does === 'receives',
  part: () => 'shapes',
  begin({ underlying }, direction, { latencyMs, jitterMs = 0, seed = 0 }: Given, rule, { clock }) {
    if (direction !== 'recv') return;
    underlying
      .holds('recv')
      .begin(
        rule,
        clock,
        (changed) =>
          new DelayedArrivals({ latencyMs, jitterMs, seed }, arrivalSource(underlying), clock, changed),
      );
  },
  after: heldBack,
};
