import type { Static } from 'typebox';
import type { Socket } from '../../daemon/sockets/socket.js';
import { ADDRESS_FAMILIES, nameOf, SOCKET_TYPES } from '../../winsock/constants.js';
import type { SocketInfoSchema } from '../schemas/schemas.js';

/** A socket as getSocket and listSockets show it. */
export const socketInfo = (socket: Socket): Static<typeof SocketInfoSchema> => {
  const { entry } = socket;
  socket.underlying.refresh();
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
    sendShutdown: socket.sendShutdown,
    receiveShutdown: socket.receiveShutdown,
    peerClosed: socket.peerClosed,
    nonBlocking: socket.nonBlocking,
    ...(local.ok && { localAddress: local.value }),
    ...(remote.ok && { remoteAddress: remote.value }),
    createdAt: socket.createdAt.toISOString(),
  };
};
