import { ANSWERS } from './list/answers.mjs';
import { BODIES } from './list/bodies.mjs';
import { CALLS } from './list/calls.mjs';
import { FLOODS } from './list/floods.mjs';
import { KEPT } from './list/kept.mjs';
import { NOTHING } from './list/nothing.mjs';
import { PLACES } from './list/places.mjs';
import { REFUSALS } from './list/refusals.mjs';

/**
 * @typedef {object} Attack actions of one client to harm the daemon
 * @property {string} name
 * @property {string} about one sentence
 * @property {number} [seconds] how long it runs
 * @property {number} [owners] how many owners' tokens it has; default one
 * @property {import('./daemon.mjs').DaemonOptions} [daemon] the environment of this daemon
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
