import type { FaultSubject } from '../../daemon/faults/fault-rule.js';

type Faultable = FaultSubject['op'];

const faultable: Faultable[] = [];

/**
 * The operations that a fault can hit: first those of a session. armFault takes one of these names and is
 * itself in the list of operations, so the list fills this one when it is complete.
 */
export const FAULTABLE_NAMES: string[] = [];

/** Declares the operations that a fault can hit. */
export const declareFaultable = (operations: readonly Faultable[]): void => {
  if (faultable.length > 0) throw new Error('the operations that a fault can hit are declared once');
  faultable.push(...operations.filter(({ scope }) => scope === 'session'));
  faultable.push(...operations.filter(({ scope }) => scope === 'socket'));
  FAULTABLE_NAMES.push(...faultable.map(({ name }) => name));
};

export const faultableNamed = (name: string): Faultable | undefined =>
  faultable.find((op) => op.name === name);

/** The names of the operations for which `is` holds. */
export const faultableNames = (is: (op: Faultable) => boolean): string[] =>
  faultable.filter(is).map(({ name }) => name);
