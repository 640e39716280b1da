import Type, { type Static } from 'typebox';
import { ADDRESS_FAMILIES, nameOf, SOCKET_TYPES } from '../../winsock/constants.js';
import { decodeFlags, PFL, type ProtocolInfo, XP1 } from '../../winsock/protocol-info.js';
import { component, count, dword, int32, keysOf, names, ProviderNameSchema } from './schemas.js';

/** An entry of the protocol catalog, as enumProtocols and SO_PROTOCOL_INFO give it. */

export const ProtocolInfoSchema = component('ProtocolInfo', 'WSAPROTOCOL_INFO, with its flags decoded.', {
  provider: ProviderNameSchema,
  catalogEntryId: dword('dwCatalogEntryId; unique over all providers.'),
  description: Type.String({ description: 'szProtocol.', maxLength: 255 }),
  serviceFlags1: dword('dwServiceFlags1, raw.'),
  serviceFlags: Type.Array(names('ServiceFlag', keysOf(XP1), 'A bit of dwServiceFlags1.'), {
    description: 'Its bits by name.',
  }),
  providerFlags: dword('dwProviderFlags, raw.'),
  providerFlagNames: Type.Array(names('ProviderFlag', keysOf(PFL), 'A bit of dwProviderFlags.'), {
    description: 'Its bits by name.',
  }),
  providerId: Type.String({ description: 'ProviderId, a GUID.', maxLength: 38 }),
  chainLength: int32('ProtocolChain.ChainLen: 0 layered, 1 base, more: a chain.', 0, 7),
  version: int32('iVersion.', -0x80000000, 0x7fffffff),
  family: Type.String({
    description: 'iAddressFamily: AF_ name, or the number if it has none.',
    maxLength: 64,
  }),
  addressFamily: count('iAddressFamily, raw.'),
  type: Type.String({
    description: 'iSocketType: SOCK_ name, or the number if it has none.',
    maxLength: 64,
  }),
  socketType: count('iSocketType, raw.'),
  protocol: int32('iProtocol.', -0x80000000, 0x7fffffff),
  protocolMaxOffset: count('iProtocolMaxOffset.'),
  maxSockAddr: count('iMaxSockAddr, bytes.'),
  minSockAddr: count('iMinSockAddr, bytes.'),
  networkByteOrder: names('NetworkByteOrder', ['big', 'little'], 'iNetworkByteOrder.'),
  securityScheme: int32('iSecurityScheme.', -0x80000000, 0x7fffffff),
  messageSize: dword('dwMessageSize: 0 stream, 1 depends on the MTU, 4294967295 unlimited.'),
  connectDataLimit: Type.Optional(
    count('Most bytes of connect data; only with XP1_CONNECT_DATA. No field of Winsock.'),
  ),
  disconnectDataLimit: Type.Optional(
    count('Most bytes of disconnect data; only with XP1_DISCONNECT_DATA. No field of Winsock.'),
  ),
});

export const decoded = (entry: ProtocolInfo): Static<typeof ProtocolInfoSchema> => ({
  ...entry,
  serviceFlags: decodeFlags(XP1, entry.serviceFlags1),
  providerFlagNames: decodeFlags(PFL, entry.providerFlags),
  family: nameOf(ADDRESS_FAMILIES, entry.addressFamily) ?? String(entry.addressFamily),
  type: nameOf(SOCKET_TYPES, entry.socketType) ?? String(entry.socketType),
});
