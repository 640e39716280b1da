import type { Static } from 'typebox';
import Type from 'typebox';
import type { Socket } from '../../daemon/sockets/socket.js';
import { ADDRESS_FAMILIES, nameOf, SOCKET_TYPES } from '../../winsock/constants.js';
import {
  component,
  count,
  dword,
  idSchema,
  instant,
  ProviderNameSchema,
  SocketAddressSchema,
  sessionIdSchema,
  socketIdSchema,
  socketState,
} from '../schemas/schemas.js';

export const SocketInfoSchema = component('SocketInfo', 'A socket, as the daemon sees it.', {
  socketId: socketIdSchema,
  sessionId: sessionIdSchema,
  provider: ProviderNameSchema,
  catalogEntryId: dword('Its entry of the protocol catalog.'),
  family: Type.String({ description: 'AF_ name, or the number if it has none.' }),
  type: Type.String({ description: 'SOCK_ name, or the number if it has none.' }),
  protocol: count('The protocol number.'),
  state: socketState,
  sendShutdown: Type.Boolean({ description: 'This side has shut down sending.' }),
  receiveShutdown: Type.Boolean({ description: 'This side has shut down receiving.' }),
  peerClosed: Type.Boolean({ description: "The end of the peer's stream was received." }),
  nonBlocking: Type.Boolean({ description: 'FIONBIO.' }),
  localAddress: Type.Optional(SocketAddressSchema),
  remoteAddress: Type.Optional(SocketAddressSchema),
  relayId: Type.Optional(idSchema('The relay that moves its bytes.')),
  createdAt: instant('When it was opened.'),
});

/** A socket as getSocket and listSockets show it. */
export const socketInfo = (socket: Socket): Static<typeof SocketInfoSchema> => {
  const { entry, underlying } = socket;
  underlying.refresh();
  const local = socket.use((provider, s) => provider.getSockName(s));
  const remote = socket.use((provider, s) => provider.getPeerName(s));
  return {
    socketId: socket.id,
    sessionId: socket.session.id,
    provider: socket.providerName,
    catalogEntryId: entry.catalogEntryId,
    family: nameOf(ADDRESS_FAMILIES, entry.addressFamily) ?? String(entry.addressFamily),
    type: nameOf(SOCKET_TYPES, entry.socketType) ?? String(entry.socketType),
    protocol: socket.protocol === 0 ? entry.protocol : socket.protocol,
    state: socket.state,
    sendShutdown: underlying.sendShutdown,
    receiveShutdown: underlying.receiveShutdown,
    peerClosed: underlying.peerClosed,
    nonBlocking: socket.nonBlocking,
    ...(local.ok && { localAddress: local.value }),
    ...(remote.ok && { remoteAddress: remote.value }),
    ...(socket.relay && { relayId: socket.relay.relayId }),
    createdAt: socket.createdAt.toISOString(),
  };
};
