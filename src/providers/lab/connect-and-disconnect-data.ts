import type { WsaName } from '../../winsock/errors.js';
import { type Failure, fail } from '../../winsock/outcome.js';
import { offers, type ProtocolInfo } from '../../winsock/protocol-info.js';

/**
 * Why connect data cannot travel with a call, decided before anything else happens.
 *
 * @param unsupported what the call answers where the entry lacks XP1_CONNECT_DATA
 * @returns undefined when it can
 */
export const connectDataRefused = (
  entry: ProtocolInfo,
  data: Uint8Array | undefined,
  unsupported: WsaName,
  call: string,
): Failure | undefined => {
  if (data === undefined) return undefined;
  if (!offers(entry, 'XP1_CONNECT_DATA')) return fail(unsupported, call);
  return tooLong(data, entry.connectDataLimit, call);
};

/** The same for disconnect data: WSAENOPROTOOPT where the entry lacks XP1_DISCONNECT_DATA. */
export const disconnectDataRefused = (
  entry: ProtocolInfo,
  data: Uint8Array | undefined,
  call: string,
): Failure | undefined => {
  if (data === undefined) return undefined;
  if (!offers(entry, 'XP1_DISCONNECT_DATA')) return fail('WSAENOPROTOOPT', call);
  return tooLong(data, entry.disconnectDataLimit, call);
};

const tooLong = (data: Uint8Array, limit = 0, call: string): Failure | undefined =>
  data.length > limit ? fail('WSAEFAULT', call, { extra: { limit } }) : undefined;

/** Zero bytes are no data on the wire. */
export const nonEmpty = (data: Uint8Array | undefined): Uint8Array | undefined =>
  data !== undefined && data.length > 0 ? data : undefined;
