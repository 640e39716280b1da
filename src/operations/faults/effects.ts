import type { Effect } from './effect.js';
import { bandwidth } from './effects/bandwidth.js';
import { delay } from './effects/delay.js';
import { drop } from './effects/drop.js';
import { fail } from './effects/fail.js';
import { freeze } from './effects/freeze.js';
import { latency } from './effects/latency.js';
import { limit } from './effects/limit.js';
import { reset } from './effects/reset.js';
import { slice } from './effects/slice.js';
import { slowClose } from './effects/slow-close.js';

/** Every effect, in the order of the documentation. A new one needs its file and one line here. */
export const EFFECTS: readonly Effect[] = [
  fail,
  delay,
  slice,
  reset,
  drop,
  freeze,
  bandwidth,
  latency,
  limit,
  slowClose,
];

const byKind = new Map(EFFECTS.map((one) => [one.kind, one]));

/** The effect of that name. An unknown name is a bug: schemas have checked it. */
export const effectNamed = (kind: string): Effect => {
  const found = byKind.get(kind);
  if (!found) throw new Error(`there is no effect ${kind}`);
  return found;
};
