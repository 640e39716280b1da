import { ANSWERS } from './list/answers.mjs';
import { BODIES } from './list/bodies.mjs';
import { CALLS } from './list/calls.mjs';
import { FLOODS } from './list/floods.mjs';
import { KEPT } from './list/kept.mjs';
import { NOTHING } from './list/nothing.mjs';
import { PLACES } from './list/places.mjs';
import { REFUSALS } from './list/refusals.mjs';

/**
 * @typedef {object} Attack what one client does to harm the daemon
 * @property {string} name
 * @property {string} about one sentence
 * @property {number} [seconds] how long it goes on
 * @property {number} [owners] how many owners' tokens it has; one without it
 * @property {import('./daemon.mjs').DaemonOptions} [daemon] what the system of this daemon is like
 * @property {(target: import('./target.mjs').Target) => Promise<unknown>} run
 */

/** @type {readonly Attack[]} */
export const ATTACKS = [
  ...NOTHING,
  ...BODIES,
  ...ANSWERS,
  ...KEPT,
  ...CALLS,
  ...REFUSALS,
  ...PLACES,
  ...FLOODS,
];
