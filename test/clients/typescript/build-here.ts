/** Builds the TypeScript client, for `build`, which has started it with the lock. */
import { buildHere } from './build.js';

await buildHere();
