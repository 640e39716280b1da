/** Builds the TypeScript client, for `build`, which has started it with the lock. Only this process loads a compiler. */
import { buildHere } from './build.js';
import { compile } from './compile.js';

buildHere(compile);
