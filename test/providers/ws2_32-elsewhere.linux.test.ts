import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { onShutdown } from '../../src/providers/ws2_32/console-control.js';
import { Ws2_32Provider } from '../../src/providers/ws2_32/ws2_32-provider.js';

describe('ws2_32 where there is no Windows', () => {
  it('the provider says so', () => {
    assert.throws(() => Ws2_32Provider.load(), /needs Windows; this is/);
  });

  it('onShutdown is nothing: signals say it', async () => {
    const handler = onShutdown(() => assert.fail('nothing to run for'));
    await handler.ready;
    handler.release();
  });
});
