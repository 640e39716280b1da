import Type from 'typebox';
import { DelayedArrivals } from '../../../daemon/faults/delayed-arrivals.js';
import { arrivalSource, datagramSource } from '../../../daemon/sockets/arrival-source.js';
import { DelayedDatagrams } from '../../../daemon/sockets/delayed-datagrams.js';
import { int32 } from '../../schemas/schemas.js';
import { type Effect, LONGEST_MS, type Members } from '../effect.js';
import { heldBack } from './held-back.js';

const schema = {
  latencyMs: int32('With `latency`: milliseconds.', 1, LONGEST_MS),
  jitterMs: Type.Optional(
    int32('With `latency`: up to so many milliseconds more or less, drawn by `seed`.', 0, LONGEST_MS),
  ),
};
type Given = Members<typeof schema> & { readonly seed?: number };

/** What arrives shows that much later. */
export const latency: Effect = {
  kind: 'latency',
  text: 'shows bytes, datagrams and the end `latencyMs` after they arrived, in their order',
  schema,
  usesSeed: true,
  check({ latencyMs = 0, jitterMs = 0 }: Partial<Given>) {
    return jitterMs > latencyMs ? [{ path: ['jitterMs'], detail: 'must not be above latencyMs' }] : [];
  },
  fitsOperation: ({ does }) => does === 'receives',
  part: () => 'shapes',
  begin({ underlying }, direction, { latencyMs, jitterMs = 0, seed = 0 }: Given, rule, daemon) {
    const { clock } = daemon;
    const { inbound, isStream } = underlying;
    if (direction !== 'recv') return false;
    const holds = underlying.holds('recv');
    // Datagrams are delayed by one rule at a time.
    if (inbound.isDelayed) return holds.has(rule);
    const times = { latencyMs, jitterMs, seed };
    return holds.begin(rule, clock, (changed) => {
      if (isStream) return new DelayedArrivals(times, arrivalSource(underlying), clock, changed);
      const source = datagramSource(underlying, (bytes) => daemon.scratch(bytes));
      const delayed = new DelayedDatagrams(times, source, clock, underlying.account, changed);
      inbound.delay(delayed);
      return delayed;
    });
  },
  after: heldBack,
};
