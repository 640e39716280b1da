import type { AnyOperation } from '../../operations/operation.js';
import type { WsaName } from '../../winsock/errors.js';

/** What to do about a code, whichever operation answers it. */
const ADVICE: Readonly<Partial<Record<WsaName, string>>> = {
  WSANOTINITIALISED:
    "the session's start-up count is zero; " +
    'call startup with its sessionId (or without, for a new session) first.',
  WSAENOTCONN: 'the socket is not connected; connect it first.',
  WSAENOPROTOOPT: 'the option or level is not known to this protocol.',
  WSAEINPROGRESS: 'a blocking call of this session is still running; wait for its end, or cancel it.',
  WSAEWOULDBLOCK:
    'the socket is non-blocking and the call cannot finish at once; ' +
    'wait for readiness with select or poll, or turn FIONBIO off.',
  WSAEALREADY: 'a connect of this socket is under way; wait for its end, or close the socket.',
  WSAENOTSOCK: 'no socket of yours has this id.',
  WSAEFAULT: 'a length is outside the bytes given, or a buffer is larger or smaller than the provider takes.',
  WSAEINVAL: 'an argument is invalid, or the call does not fit the state of the socket.',
  WSAEISCONN: 'the socket is connected already; use another socket.',
  WSAESHUTDOWN: 'this direction of the connection was shut down earlier.',
  WSAEADDRINUSE:
    'the address and port are in use; choose another port, or port 0 for any free one. ' +
    'AF_UNIX: a file is at the path; remove it.',
  WSAEADDRNOTAVAIL:
    'the address is not one of this machine, or no peer can be reached at it. ' +
    'AF_UNIX: there is no such folder.',
  WSAECONNREFUSED: 'nothing listens at the remote address, or its queue is full.',
  WSAECONNRESET: 'the peer reset the connection; open a new socket.',
  WSAECONNABORTED:
    'the local stack ended the connection, or the peer reset it after its own end; open a new socket.',
  WSAETIMEDOUT: 'the time limit of the call ran out, or the peer does not answer any more.',
  WSAEMSGSIZE: 'the message is larger than the transport takes in one piece; send less.',
  WSAEDESTADDRREQ: 'a destination is needed; give address, or connect the socket first.',
  WSAEOPNOTSUPP: 'this kind of socket does not support the call.',
  WSAEACCES: 'access is not allowed: the address is held exclusively, or broadcast is off (SO_BROADCAST).',
  WSAENETDOWN: 'the network subsystem has failed; try again later.',
  WSAVERNOTSUPPORTED: 'versions 1.0, 1.1, 2.0, 2.1 and 2.2 are offered.',
  WSAEINTR: 'another request ended this call (close, or WSACancelBlockingCall).',
  WSA_OPERATION_ABORTED: 'another request cancelled this call, or cleanup or close ended it.',
  WSAEMFILE: 'no more sockets can be opened now; close some.',
  WSAENOBUFS: 'the system has no buffer space left for this now.',
};

/** A sentence about what to do after a failure; undefined if there is none for the code. */
export const adviceFor = (name: WsaName, op?: Pick<AnyOperation, 'advice'>): string | undefined =>
  op?.advice?.[name] ?? ADVICE[name];
