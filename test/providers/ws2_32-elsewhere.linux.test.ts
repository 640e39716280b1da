import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { onShutdown } from '../../src/providers/ws2_32/console-control.js';
import { createOwnerOnly } from '../../src/providers/ws2_32/owner-only-file.js';
import { requireWindows } from '../../src/providers/ws2_32/require-windows.js';
import { Ws2_32Provider } from '../../src/providers/ws2_32/ws2_32-provider.js';

describe('ws2_32 on other systems', () => {
  it('the provider throws', () => {
    assert.throws(() => Ws2_32Provider.load(), /needs Windows; this is/);
  });

  it('owner-only files throw', () => {
    assert.throws(() => createOwnerOnly('/nowhere'), /needs Windows; this is/);
  });

  it('a 32-bit Node is refused with a message, a 64-bit one is not', () => {
    for (const arch of ['ia32', 'arm']) {
      assert.throws(() => requireWindows('win32', arch), new RegExp(`64-bit Node .*; this is ${arch}$`));
    }
    for (const arch of ['x64', 'arm64']) requireWindows('win32', arch);
  });

  it('onShutdown does nothing', async () => {
    const handler = onShutdown(() => assert.fail('nothing to run for'));
    await handler.ready;
    handler.release();
  });
});
