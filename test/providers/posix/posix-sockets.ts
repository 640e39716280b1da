import type { TestContext } from 'node:test';
import type { DescriptorLimits } from '../../../src/providers/posix/descriptors.js';
import type { Libc } from '../../../src/providers/posix/library.js';
import { PosixProvider } from '../../../src/providers/posix/posix-provider.js';
import { CaseSockets } from '../contract/case-sockets.js';

/**
 * Sockets of a provider that is disposed of with the test.
 *
 * @param libc fake functions in place of the system's
 * @param descriptors how many descriptors sockets may use
 */
export const posixSockets = (t: TestContext, libc?: Libc, descriptors?: DescriptorLimits): CaseSockets => {
  const sockets = new CaseSockets(PosixProvider.load(libc, descriptors), {});
  t.after(() => {
    sockets.end();
    sockets.provider.dispose();
  });
  return sockets;
};
