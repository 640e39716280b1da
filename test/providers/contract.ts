import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import type { Provider } from '../../src/providers/provider.js';
import type { ProviderName } from '../../src/winsock/protocol-info.js';
import { addresses } from './contract/addresses.js';
import { arrivals } from './contract/arrivals.js';
import { badHandles } from './contract/bad-handles.js';
import type { ContractFacts } from './contract/case-sockets.js';
import { catalog } from './contract/catalog.js';
import { datagrams } from './contract/datagrams.js';
import { disconnect } from './contract/disconnect.js';
import { disconnectData } from './contract/disconnect-data.js';
import { duplicates } from './contract/duplicates.js';
import { failedConnects } from './contract/failed-connects.js';
import { ioctls } from './contract/ioctls.js';
import { messages } from './contract/messages.js';
import { multicast } from './contract/multicast.js';
import { nativeEvents } from './contract/native-events.js';
import { nativeOffers } from './contract/native-offers.js';
import { options } from './contract/options.js';
import { optionsOfIp, v6Only } from './contract/options-of-ip.js';
import { polling } from './contract/polling.js';
import { resolving } from './contract/resolving.js';
import { sharing } from './contract/sharing.js';
import { stateTable } from './contract/state-table.js';
import { streams } from './contract/streams.js';
import { Suite } from './contract/suite.js';
import { unix } from './contract/unix.js';
import { unreachable } from './contract/unreachable.js';
import { urgent } from './contract/urgent.js';
import { watching } from './contract/watching.js';

export type { ContractFacts, PendingConnect } from './contract/case-sockets.js';

/**
 * The behaviour that all providers share, as tests. They use only the port, over loopback addresses, with
 * both ends on the same provider. Prints `contract: <provider> <n> cases, <m> skipped` at its end.
 *
 * @param name selects the rows of the skip table
 * @param open makes a provider, which the suite disposes of
 */
export const providerContract = (
  name: ProviderName,
  open: () => Provider,
  facts: ContractFacts = {},
): void => {
  describe(`the provider contract for ${name}`, () => {
    const provider = open();
    const suite = new Suite(name, provider, facts);
    for (const topic of [
      catalog,
      stateTable,
      streams,
      failedConnects,
      disconnect,
      disconnectData,
      datagrams,
      unreachable,
      messages,
      options,
      optionsOfIp,
      v6Only,
      ioctls,
      urgent,
      multicast,
      addresses,
      sharing,
      watching,
      polling,
      duplicates,
      nativeEvents,
      arrivals,
      badHandles,
      resolving,
      nativeOffers,
      unix,
    ]) {
      topic(suite);
    }
    it('the skip table names cases that exist', () => assert.deepEqual(suite.lostSkips(), []));
    after(() => {
      provider.dispose();
      process.stdout.write(`${suite.summary(name)}\n`);
    });
  });
};
