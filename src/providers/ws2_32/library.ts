/**
 * The functions of ws2_32.dll that this adapter uses, each wrapped by `checked`; no other file makes a bare
 * native call. koffi checks no ranges (an `int` takes 2**40 as 0), so the callers check their arguments.
 *
 * None is called through koffi's `.async`: process.exit waits for the threads of libuv's pool, and a
 * closesocket that lingers may take an hour.
 *
 * Source: https://learn.microsoft.com/windows/win32/api/winsock2/
 */
import koffi from '../native/koffi.js';
import './c-types.js';
import { checked, type RawCall } from './native-call.js';
import { requireWindows } from './require-windows.js';
import { loadWsaAccept } from './wsa-accept.js';
import { loadWsaRecvMsg } from './wsa-recv-msg.js';

/** Memory that a call reads or fills in place, or NULL. */
type Memory = Uint8Array | null;

/** WSABUF. */
export interface WsaBuf {
  readonly len: number;
  readonly buf: Uint8Array;
}

/** WSADATA of 64-bit Windows, 408 bytes; its content is of no use here. */
const WSADATA_BYTES = 408;
const VERSION_2_2 = 0x0202;

/** Turns a function that fails with zero, FALSE or NULL into one that fails with -1. */
const failsWithZero =
  <A extends readonly unknown[]>(raw: RawCall<A>): RawCall<A> =>
  (...args) =>
    raw(...args) || -1;

/**
 * Loads ws2_32.dll and starts Winsock 2.2.
 *
 * @throws an Error on a system other than 64-bit Windows, and when WSAStartup fails
 */
export const loadWs2_32 = () => {
  requireWindows();
  const ws2_32 = koffi.load('ws2_32.dll');
  const kernel32 = koffi.load('kernel32.dll');
  const lastError: () => number = ws2_32.func('int WSAGetLastError()');
  const native = <A extends readonly unknown[]>(prototype: string) => {
    const raw = ws2_32.func(prototype);
    return checked<A>(raw.info.name, raw, lastError);
  };

  const startup: (version: number, data: Memory) => number = ws2_32.func('int WSAStartup(uint16_t, void *)');
  const code = startup(VERSION_2_2, new Uint8Array(WSADATA_BYTES)); // returns its error code
  if (code !== 0) throw new Error(`WSAStartup failed with ${code}`);

  const ioctl = native<
    [
      s: number,
      code: number,
      into: Memory,
      inBytes: number,
      out: Memory,
      outBytes: number,
      returned: Uint32Array,
      overlapped: null,
      completion: null,
    ]
  >('int WSAIoctl(SOCKET, uint32_t, void *, uint32_t, void *, uint32_t, void *, void *, void *)');

  return {
    cleanup: native<[]>('int WSACleanup()'),
    enumProtocols: native<[protocols: null, into: Memory, bytes: Uint32Array]>(
      'int WSAEnumProtocolsW(void *, void *, void *)',
    ),
    socket: native<
      [family: number, type: number, protocol: number, info: Memory, group: number, flags: number]
    >('SOCKET WSASocketW(int, int, int, void *, uint32_t, uint32_t)'),
    bind: native<[s: number, name: Memory, length: number]>('int bind(SOCKET, void *, int)'),
    listen: native<[s: number, backlog: number]>('int listen(SOCKET, int)'),
    accept: native<[s: number, name: Memory, length: Int32Array]>('SOCKET accept(SOCKET, void *, void *)'),
    /** accept with a condition function. */
    acceptIf: loadWsaAccept(ws2_32, lastError),
    connect: native<
      [s: number, name: Memory, length: number, caller: WsaBuf | null, callee: null, sqos: null, gqos: null]
    >('int WSAConnect(SOCKET, void *, int, WSABUF *, void *, void *, void *)'),
    select: native<[ignored: number, read: Memory, write: Memory, except: Memory, timeout: Memory]>(
      'int select(int, void *, void *, void *, void *)',
    ),
    send: native<[s: number, data: Memory, length: number, flags: number]>(
      'int send(SOCKET, void *, int, int)',
    ),
    sendto: native<[s: number, data: Memory, length: number, flags: number, to: Memory, toLength: number]>(
      'int sendto(SOCKET, void *, int, int, void *, int)',
    ),
    recv: native<[s: number, into: Memory, length: number, flags: number]>(
      'int recv(SOCKET, void *, int, int)',
    ),
    recvfrom: native<
      [s: number, into: Memory, length: number, flags: number, from: Memory, fromLength: Int32Array]
    >('int recvfrom(SOCKET, void *, int, int, void *, void *)'),
    sendMsg: native<
      [s: number, message: Memory, flags: number, count: Uint32Array, overlapped: null, completion: null]
    >('int WSASendMsg(SOCKET, void *, uint32_t, void *, void *, void *)'),
    /** WSARecvMsg for a socket. */
    recvMsg: loadWsaRecvMsg(ioctl, lastError),
    shutdown: native<[s: number, how: number]>('int shutdown(SOCKET, int)'),
    sendDisconnect: native<[s: number, data: WsaBuf | null]>('int WSASendDisconnect(SOCKET, WSABUF *)'),
    recvDisconnect: native<[s: number, into: WsaBuf | null]>('int WSARecvDisconnect(SOCKET, WSABUF *)'),
    getsockname: native<[s: number, name: Memory, length: Int32Array]>(
      'int getsockname(SOCKET, void *, void *)',
    ),
    getpeername: native<[s: number, name: Memory, length: Int32Array]>(
      'int getpeername(SOCKET, void *, void *)',
    ),
    getsockopt: native<[s: number, level: number, option: number, value: Memory, length: Int32Array]>(
      'int getsockopt(SOCKET, int, int, void *, void *)',
    ),
    setsockopt: native<[s: number, level: number, option: number, value: Memory, length: number]>(
      'int setsockopt(SOCKET, int, int, void *, int)',
    ),
    ioctlsocket: native<[s: number, command: number, argument: Uint32Array]>(
      'int ioctlsocket(SOCKET, int32_t, void *)',
    ),
    ioctl,
    poll: native<[items: Memory, count: number, timeout: number]>('int WSAPoll(void *, uint32_t, int)'),
    duplicateSocket: native<[s: number, processId: number, info: Memory]>(
      'int WSADuplicateSocketW(SOCKET, uint32_t, void *)',
    ),
    /** @param event an event object, 0 for none */
    eventSelect: native<[s: number, event: number, mask: number]>(
      'int WSAEventSelect(SOCKET, HANDLE, int32_t)',
    ),
    enumNetworkEvents: native<[s: number, event: number, into: Memory]>(
      'int WSAEnumNetworkEvents(SOCKET, HANDLE, void *)',
    ),
    /** WSA_INVALID_EVENT is NULL. */
    createEvent: checked<[]>(
      'WSACreateEvent',
      failsWithZero(ws2_32.func('HANDLE WSACreateEvent()')),
      lastError,
    ),
    closeEvent: checked<[event: number]>(
      'WSACloseEvent',
      failsWithZero(ws2_32.func('int WSACloseEvent(HANDLE)')),
      lastError,
    ),
    /** WSA_WAIT_EVENT_0 or WSA_WAIT_TIMEOUT; WSA_WAIT_FAILED is -1 as a signed number. */
    waitForEvents: native<
      [count: number, events: BigInt64Array, all: number, timeout: number, alertable: number]
    >('int32_t WSAWaitForMultipleEvents(uint32_t, void *, int, uint32_t, int)'),
    closesocket: native<[s: number]>('int closesocket(SOCKET)'),
    setHandleInformation: checked<[handle: number, mask: number, flags: number]>(
      'SetHandleInformation',
      failsWithZero(kernel32.func('int SetHandleInformation(SOCKET, uint32_t, uint32_t)')),
      kernel32.func('uint32_t GetLastError()'),
    ),
  };
};

export type Ws2_32 = ReturnType<typeof loadWs2_32>;
