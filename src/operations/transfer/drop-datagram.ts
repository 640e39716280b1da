import type { Call } from '../../daemon/calls/call.js';
import type { DatagramLoss, Provider } from '../../providers/provider.js';

/** What a send gives its bytes to: the provider, or the loss of its network if a fault drops the datagram. */
export const senderFor = (provider: Provider, { faults }: Call): DatagramLoss =>
  (faults.losesDatagram ? provider.loss : undefined) ?? provider;
