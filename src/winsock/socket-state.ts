/** Where a socket is in its life. Beside it: sendShutdown, receiveShutdown, peerClosed. */
export const SOCKET_STATES = [
  'fresh',
  'bound',
  'listening',
  'connecting',
  'connected',
  'reset',
  'closed',
] as const;
export type SocketState = (typeof SOCKET_STATES)[number];
