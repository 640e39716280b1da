import { directionOf } from '../../../daemon/faults/fault-rule.js';
import { Pace } from '../../../daemon/faults/pace.js';
import { int32 } from '../../schemas/schemas.js';
import { type Effect, type Members, MOST } from '../effect.js';
import { heldBack } from './held-back.js';

const schema = { bytesPerSecond: int32('With `bandwidth`: bytes per second.', 1, MOST) };
type Given = Members<typeof schema>;

/** Paces what sends take and receives give: for each socket, and for each direction on its own. */
export const bandwidth: Effect = {
  kind: 'bandwidth',
  text: 'paces sends and receives, each direction of each socket on its own; a tenth may pass at once',
  schema,
  fitsOperation: (op) => directionOf(op) !== undefined,
  part: () => 'shapes',
  begin({ underlying }, direction, { bytesPerSecond }: Given, rule, { clock }) {
    const { isStream } = underlying;
    return underlying
      .holds(direction)
      .begin(rule, clock, (changed) => new Pace(bytesPerSecond, isStream, clock, changed));
  },
  after: heldBack,
};
