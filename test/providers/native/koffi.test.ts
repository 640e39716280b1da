import assert from 'node:assert/strict';
import { it } from 'node:test';
import koffi from '../../../src/providers/native/koffi.js';
import type { Provider } from '../../../src/providers/provider.js';

const loadProvider = async (): Promise<Provider> =>
  process.platform === 'win32'
    ? (await import('../../../src/providers/ws2_32/ws2_32-provider.js')).Ws2_32Provider.load()
    : (await import('../../../src/providers/posix/posix-provider.js')).PosixProvider.load();

it('calls on threads resolve names on a stack as large as that of a Windows thread', async (t) => {
  assert.equal(koffi.config().async_stack_size, 1024 * 1024);
  const provider = await loadProvider();
  t.after(() => provider.dispose());
  assert.ok(provider.resolver);
  const query = { node: 'localhost', flags: 0, family: 0, socketType: 1, protocol: 0 };
  const several = Array.from({ length: 20 }, () => provider.resolver?.getAddrInfo(query));
  for (const found of await Promise.all(several)) assert.ok(found?.ok && found.value.length > 0);
});
