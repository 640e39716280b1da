import Type, { type Static } from 'typebox';
import { ADDRESS_FAMILIES, nameOf, SOCKET_TYPES } from '../../winsock/constants.js';
import { decodeFlags, PFL, type ProtocolInfo, XP1 } from '../../winsock/protocol-info.js';
import { component, int32, int64, keysOf, names } from './schemas.js';

/** An entry of the protocol catalog, as enumProtocols and SO_PROTOCOL_INFO give it. */

export const ProtocolInfoSchema = component('ProtocolInfo', 'WSAPROTOCOL_INFO, with its flags decoded.', {
  provider: names(['ws2_32', 'posix', 'lab'], 'The provider of the entry.'),
  catalogEntryId: int64('dwCatalogEntryId; unique over all providers.', 0, 0xffffffff),
  description: Type.String({ description: 'szProtocol.', maxLength: 255 }),
  serviceFlags1: int64('dwServiceFlags1, raw.', 0, 0xffffffff),
  serviceFlags: Type.Array(names(keysOf(XP1), 'A bit of dwServiceFlags1.'), {
    description: 'Its bits by name.',
  }),
  providerFlags: int64('dwProviderFlags, raw.', 0, 0xffffffff),
  providerFlagNames: Type.Array(names(keysOf(PFL), 'A bit of dwProviderFlags.'), {
    description: 'Its bits by name.',
  }),
  providerId: Type.String({ description: 'ProviderId, a GUID.', maxLength: 38 }),
  chainLength: int32('ProtocolChain.ChainLen: 0 layered, 1 base, more: a chain.', 0, 7),
  version: int32('iVersion.', -0x80000000, 0x7fffffff),
  family: Type.String({
    description: 'iAddressFamily: AF_ name, or the number where it has none here.',
    maxLength: 64,
  }),
  addressFamily: int32('iAddressFamily, raw.', 0, 0x7fffffff),
  type: Type.String({
    description: 'iSocketType: SOCK_ name, or the number where it has none here.',
    maxLength: 64,
  }),
  socketType: int32('iSocketType, raw.', 0, 0x7fffffff),
  protocol: int32('iProtocol.', -0x80000000, 0x7fffffff),
  protocolMaxOffset: int32('iProtocolMaxOffset.', 0, 0x7fffffff),
  maxSockAddr: int32('iMaxSockAddr, bytes.', 0, 0x7fffffff),
  minSockAddr: int32('iMinSockAddr, bytes.', 0, 0x7fffffff),
  networkByteOrder: names(['big', 'little'], 'iNetworkByteOrder.'),
  securityScheme: int32('iSecurityScheme.', -0x80000000, 0x7fffffff),
  messageSize: int64('dwMessageSize: 0 stream, 1 depends on the MTU, 4294967295 unlimited.', 0, 0xffffffff),
  connectDataLimit: Type.Optional(
    int32('Most bytes of connect data; only with XP1_CONNECT_DATA. No field of Winsock.', 0, 0x7fffffff),
  ),
  disconnectDataLimit: Type.Optional(
    int32(
      'Most bytes of disconnect data; only with XP1_DISCONNECT_DATA. No field of Winsock.',
      0,
      0x7fffffff,
    ),
  ),
});

export const decoded = (entry: ProtocolInfo): Static<typeof ProtocolInfoSchema> => ({
  ...entry,
  serviceFlags: decodeFlags(XP1, entry.serviceFlags1),
  providerFlagNames: decodeFlags(PFL, entry.providerFlags),
  family: nameOf(ADDRESS_FAMILIES, entry.addressFamily) ?? String(entry.addressFamily),
  type: nameOf(SOCKET_TYPES, entry.socketType) ?? String(entry.socketType),
});
