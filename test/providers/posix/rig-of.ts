import type { TestContext } from 'node:test';
import type { Libc } from '../../../src/providers/posix/library.js';
import { PosixProvider } from '../../../src/providers/posix/posix-provider.js';
import { Rig } from '../contract/rig.js';

/**
 * A rig over a provider that ends with the test.
 *
 * @param libc functions that fail as told, in place of the system's
 */
export const rigOf = (t: TestContext, libc?: Libc): Rig => {
  const rig = new Rig(PosixProvider.load(libc), {});
  t.after(() => {
    rig.end();
    rig.provider.dispose();
  });
  return rig;
};
