import { describe } from 'node:test';
import { isWine } from '../../../src/providers/ws2_32/wine.js';
import { Ws2_32Provider } from '../../../src/providers/ws2_32/ws2_32-provider.js';
import { providerContract } from '../contract.js';
import { pendingConnect } from '../posix/pending-connect.js';

if (process.platform === 'win32') {
  // A full backlog keeps a connect under way only on Linux, so under Wine; Windows refuses it at once.
  const facts = isWine() ? { platform: 'wine' as const, pendingConnect } : {};
  providerContract('ws2_32', () => Ws2_32Provider.load(), facts);
} else {
  describe.skip('the provider contract, kept by ws2_32: needs Windows, or Wine');
}
