import type { Provider } from '../../../src/providers/provider.js';
import { defaultEntry, internet, loopback, value } from '../contract/case-sockets.js';
import type { PendingConnect } from '../contract.js';

/**
 * A listener with SO_CONDITIONAL_ACCEPT that never accepts: Windows answers no SYN before the program has
 * decided, so a connect stays pending. A full backlog would refuse at once on Windows.
 *
 * Source: https://learn.microsoft.com/windows/win32/winsock/so-conditional-accept
 */
export const pendingConnect = async (provider: Provider): Promise<PendingConnect> => {
  const entry = defaultEntry(value(provider.enumProtocols()), 'SOCK_STREAM');
  if (!entry) throw new Error('no stream entry');
  const listener = value(provider.socket(entry, 0));
  value(provider.setSockOpt(listener, 'SO_CONDITIONAL_ACCEPT', true));
  value(provider.bind(listener, loopback()));
  value(provider.listen(listener, 5));
  const address = internet(value(provider.getSockName(listener)));
  return { address, release: () => provider.abort(listener) };
};
