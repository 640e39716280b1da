import type { Call } from '../../daemon/calls/call.js';
import type { DatagramLoss, Provider } from '../../providers/provider.js';
import type { Outcome } from '../../winsock/outcome.js';

/** What takes the bytes of a send: the provider, or where a fault drops the datagram, its way to lose it. */
export const carrierOf = (provider: Provider, { droppedBy }: Call): DatagramLoss =>
  (droppedBy === undefined ? undefined : provider.loss) ?? provider;

/** Notes that a fault's datagram was taken and lost. A send that failed by itself is not the fault's doing. */
export const noteDrop = (call: Call, sent: Outcome<number>): void => {
  const { droppedBy: faultId } = call;
  if (faultId === undefined || !sent.ok) return;
  call.faults = [...call.faults, faultId];
  call.invented = { faultId, effect: 'drop' };
};
