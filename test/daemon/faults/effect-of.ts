import type { FaultEffect } from '../../../src/daemon/faults/fault-rule.js';
import { armedEffect } from '../../../src/operations/faults/effect.js';
import { effectNamed } from '../../../src/operations/faults/effects.js';

/** An effect with its members, as armFault arms it. */
export const effectOf = (kind: string, given: object = {}): FaultEffect =>
  armedEffect(effectNamed(kind), given);
