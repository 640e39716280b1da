import type { Provider } from '../../../src/providers/provider.js';
import { WSA_ERRORS } from '../../../src/winsock/errors.js';
import { defaultEntry, internet, loopback, value } from '../contract/case-sockets.js';
import type { PendingConnect } from '../contract.js';

/**
 * A listener with a full backlog: Linux drops further SYNs, so a connect stays pending (the SYN is repeated
 * after a second, and dropped again). listen(2), "NOTES", tcp_abort_on_overflow off.
 */
export const pendingConnect = async (provider: Provider): Promise<PendingConnect> => {
  const entry = defaultEntry(value(provider.enumProtocols()), 'SOCK_STREAM');
  if (!entry) throw new Error('no stream entry');
  const listener = value(provider.socket(entry, 0));
  value(provider.bind(listener, loopback()));
  value(provider.listen(listener, 0));
  const address = internet(value(provider.getSockName(listener)));
  const filler = value(provider.socket(entry, 0));
  const begun = provider.connect(filler, address);
  if (!begun.ok && begun.code !== WSA_ERRORS.WSAEWOULDBLOCK.code) value(begun);
  await new Promise<void>((resolve) => value(provider.watch(listener, { read: true }, () => resolve())));
  return {
    address,
    release: () => {
      provider.abort(filler);
      provider.abort(listener);
    },
  };
};
