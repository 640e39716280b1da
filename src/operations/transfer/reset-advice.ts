/**
 * What to do about WSAECONNRESET of a datagram socket. Winsock tells it with the next call.
 *
 * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsarecvfrom
 */
export const EARLIER_DATAGRAM = 'an earlier datagram found no receiver; the socket stays usable.';

/** The same, of a call for both kinds of socket. */
export const RESET_OR_EARLIER_DATAGRAM = `the peer reset the connection; open a new socket. On a datagram socket: ${EARLIER_DATAGRAM}`;
