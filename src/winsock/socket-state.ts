/** The states of a socket. Separate from them are sendShutdown, receiveShutdown and peerClosed. */
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
