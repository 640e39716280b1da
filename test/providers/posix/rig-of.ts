import type { TestContext } from 'node:test';
import type { DescriptorLimits } from '../../../src/providers/posix/descriptors.js';
import type { Libc } from '../../../src/providers/posix/library.js';
import { PosixProvider } from '../../../src/providers/posix/posix-provider.js';
import { Rig } from '../contract/rig.js';

/**
 * A rig over a provider that ends with the test.
 *
 * @param libc fake functions in place of the system's
 * @param descriptors how many descriptors sockets may use
 */
export const rigOf = (t: TestContext, libc?: Libc, descriptors?: DescriptorLimits): Rig => {
  const rig = new Rig(PosixProvider.load(libc, descriptors), {});
  t.after(() => {
    rig.end();
    rig.provider.dispose();
  });
  return rig;
};
