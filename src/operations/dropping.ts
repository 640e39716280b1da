import type { Call } from '../daemon/call.js';
import type { Socket } from '../daemon/socket.js';
import { ADDRESS_FAMILIES } from '../winsock/constants.js';
import { type Outcome, ok } from '../winsock/outcome.js';

/**
 * The answer of a send whose datagram a fault lets vanish: as if it had been sent. undefined where nothing
 * is dropped, or where the send would fail by itself.
 *
 * @param name the Winsock function
 */
export const takenByDrop = (
  socket: Socket,
  call: Call,
  data: Buffer,
  name: string,
): Outcome<number> | undefined => {
  const { droppedBy } = call;
  if (droppedBy === undefined || socket.isStream || socket.sendShutdown) return undefined;
  // As the catalog says: 0 for streams, 1 for a size that depends on the MTU.
  const { messageSize } = socket.entry;
  if (messageSize > 1 && data.length > messageSize) return undefined;
  // WSASend needs a peer; without one it fails natively.
  if (name === 'WSASend' && !socket.use((provider, s) => provider.getPeerName(s)).ok) return undefined;
  // A datagram that is sent binds its socket, and a receive after it relies on that.
  const v4 = socket.entry.addressFamily === ADDRESS_FAMILIES.AF_INET;
  const anywhere = v4
    ? ({ family: 'AF_INET', address: '0.0.0.0', port: 0 } as const)
    : ({ family: 'AF_INET6', address: '::', port: 0 } as const);
  if (socket.state === 'fresh') socket.use((provider, s) => provider.bind(s, anywhere));
  call.invented = { faultId: droppedBy, effect: 'drop' };
  return ok(data.length);
};
