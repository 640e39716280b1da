/** Writes the types of the TypeScript client anew: `node dist/test/clients/typescript/write-types.js`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from '../../project/checkout.js';
import { operationTypes, TYPES } from './types.js';

writeFileSync(join(CHECKOUT, TYPES), await operationTypes());
