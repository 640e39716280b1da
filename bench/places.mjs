import { join } from 'node:path';
import { checkout } from '../scripts/ensure/checkout.mjs';

export { checkout };

/** The folder of this file's programs, floors and peers. */
export const bench = join(checkout, 'bench');

/** The folder for everything that is built, installed and written. */
export const cache = join(checkout, '.cache', 'bench');
