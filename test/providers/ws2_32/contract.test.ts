import { describe } from 'node:test';
import { Ws2_32Provider } from '../../../src/providers/ws2_32/ws2_32-provider.js';
import { isWine } from '../../is-wine.js';
import { providerContract } from '../contract.js';
import { pendingConnect as fullBacklog } from '../posix/pending-connect.js';
import { pendingConnect } from './pending-connect.js';

if (process.platform === 'win32') {
  // Under Wine connections are those of Linux, and a full backlog keeps a connect pending.
  const facts = isWine() ? { platform: 'wine' as const, pendingConnect: fullBacklog } : { pendingConnect };
  providerContract('ws2_32', () => Ws2_32Provider.load(), facts);
} else {
  describe.skip('the provider contract for ws2_32 needs Windows or Wine');
}
