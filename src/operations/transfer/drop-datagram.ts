import type { Call } from '../../daemon/calls/call.js';
import type { DatagramLoss, Provider } from '../../providers/provider.js';

/** What takes the bytes of a send: the provider, or where a fault drops the datagram, its way to lose it. */
export const carrierOf = (provider: Provider, { faults }: Call): DatagramLoss =>
  (faults.losesDatagram ? provider.loss : undefined) ?? provider;
