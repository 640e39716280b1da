/**
 * The advice about WSAECONNRESET on a datagram socket: it is about an earlier datagram.
 *
 * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsarecvfrom
 */
export const EARLIER_DATAGRAM = 'an earlier datagram found no receiver; the socket stays usable.';

/** The same for a call of both kinds of socket. */
export const RESET_OR_EARLIER_DATAGRAM = [
  'the peer reset the connection; open a new socket. On a datagram socket:',
  EARLIER_DATAGRAM,
].join(' ');
