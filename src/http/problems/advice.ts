import type { WsaName } from '../../winsock/errors.js';

/**
 * What to do about a code: for every function, or by the function that names an operation in its problems
 * (`winsock[0]`), with `*` for the others.
 */
type Advice = string | Readonly<Record<string, string>>;

// Winsock tells it with the next receive: https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsarecvfrom
const EARLIER_DATAGRAM = 'an earlier datagram found no receiver; the socket stays usable.';

const ADVICE: Readonly<Partial<Record<WsaName, Advice>>> = {
  WSANOTINITIALISED:
    "the session's start-up count is zero; call startup with its sessionId (or without, for a new session) first.",
  WSAENOTCONN: {
    WSARecvDisconnect: 'the socket has not been connected; connect it first.',
    getpeername: 'the socket has no peer; connect it first.',
    WSASend: 'the socket is not connected; connect it first, or use sendTo on a datagram socket.',
    '*': 'the socket is not connected; connect it first.',
  },
  WSAENOPROTOOPT: 'the option or level is not known to this protocol.',
  WSAEINPROGRESS: 'a blocking call of this session is still running; wait for its end, or cancel it.',
  WSAEWOULDBLOCK:
    'the socket is non-blocking and the call cannot finish at once; wait for readiness with select or poll, or turn FIONBIO off.',
  WSAEALREADY: 'a connection attempt to another address is under way; wait for it, or close the socket.',
  WSAENOTSOCK: 'no socket of yours has this id.',
  WSAEFAULT: {
    bind: 'the address is of another family than the socket.',
    connect:
      'the address is of another family than the socket, or the data is longer than the provider takes.',
    WSASendTo: 'the address is of another family than the socket.',
    '*': 'a length is outside the bytes given, or a buffer is larger or smaller than the provider takes.',
  },
  WSAEINVAL: {
    bind: 'the socket is bound already, or the address cannot be bound.',
    listen: 'the socket is not bound yet, or is connected already.',
    accept: 'the socket does not listen; call listen first.',
    '*': 'an argument is invalid, or the call does not fit the state of the socket.',
  },
  WSAEISCONN: 'the socket is connected already; use another socket.',
  WSAESHUTDOWN: {
    WSASend: 'sending was shut down; no more data can be sent on this connection.',
    WSARecv: 'receiving was shut down; no more data can be received on this connection.',
    '*': 'this direction of the connection was shut down earlier.',
  },
  WSAEADDRINUSE:
    'the address and port are in use; choose another port, or port 0 for any free one. AF_UNIX: a file is at the path; remove it.',
  WSAEADDRNOTAVAIL:
    'the address is not one of this machine, or no peer can be reached at it. AF_UNIX: there is no such folder.',
  WSAECONNREFUSED: 'nothing listens at the remote address, or its queue is full.',
  WSAECONNRESET: {
    WSARecvFrom: EARLIER_DATAGRAM,
    WSASendTo: EARLIER_DATAGRAM,
    WSARecv: `the peer reset the connection; open a new socket. On a datagram socket: ${EARLIER_DATAGRAM}`,
    WSASend: `the peer reset the connection; open a new socket. On a datagram socket: ${EARLIER_DATAGRAM}`,
    '*': 'the peer reset the connection; open a new socket.',
  },
  WSAECONNABORTED: 'the local stack ended the connection; open a new socket.',
  WSAETIMEDOUT: {
    connect: 'the peer did not answer in time.',
    '*': 'the time limit of the call ran out, or the peer does not answer any more.',
  },
  WSAEMSGSIZE: 'the message is larger than the transport takes in one piece; send less.',
  WSAEDESTADDRREQ: 'a destination is needed; give address, or connect the socket first.',
  WSAEOPNOTSUPP: 'this kind of socket does not know the call.',
  WSAEACCES: 'access is not allowed: the address is held exclusively, or broadcast is off (SO_BROADCAST).',
  WSAENETDOWN: 'the network subsystem has failed; try again later.',
  WSAVERNOTSUPPORTED: 'versions 1.0, 1.1, 2.0, 2.1 and 2.2 are offered.',
  WSAEINTR: 'another request ended this call (close, or WSACancelBlockingCall).',
  WSA_OPERATION_ABORTED: 'another request cancelled this call, or cleanup or close ended it.',
  WSAEMFILE: 'no more sockets can be opened now; close some.',
  WSAENOBUFS: 'the system has no buffer space left for this now.',
};

/** A sentence that says what to do after that failure, where there is one better than the code's meaning. */
export const adviceFor = (name: WsaName, call: string): string | undefined => {
  const advice = ADVICE[name];
  return typeof advice === 'string' || advice === undefined ? advice : (advice[call] ?? advice['*']);
};

/** The functions that some advice is for, for the test that each of them can come. */
export const ADVISED_FUNCTIONS: readonly string[] = Object.values(ADVICE)
  .flatMap((advice) => (typeof advice === 'string' ? [] : Object.keys(advice)))
  .filter((call) => call !== '*');
