/**
 * The functions of ws2_32.dll that this adapter uses, each behind `checked`: there is no bare native call
 * anywhere else. koffi checks no range (an `int` takes 2**40 as 0), so whoever calls these has checked.
 *
 * None is called through koffi's `.async`: that is a thread of libuv's pool, for which process.exit waits, and
 * a closesocket that lingers may take an hour.
 *
 * Source: https://learn.microsoft.com/windows/win32/api/winsock2/
 */
import koffi from 'koffi';
import { checked } from './native-call.js';
import { loadWsaAccept } from './wsa-accept.js';

/** Memory that a call reads or fills in place, or NULL. */
type Memory = Uint8Array | null;

/** A C type: by its name, or made by koffi. */
type Type = string | ReturnType<typeof koffi.pointer>;

/** WSABUF. */
export interface WsaBuf {
  readonly len: number;
  readonly buf: Uint8Array;
}

/** SOCKET is declared signed, so that INVALID_SOCKET (~0) is -1 and every valid value a plain number. */
const SOCKET = 'intptr_t';

/** HANDLE; a handle has 32 significant bits, so it is a plain number. */
const HANDLE = 'intptr_t';

/** WSADATA of 64-bit Windows, 408 bytes; its content is of no use here. */
const WSADATA_BYTES = 408;
const VERSION_2_2 = 0x0202;

/**
 * Loads ws2_32.dll and starts Winsock 2.2 up.
 *
 * @throws an Error on a system other than Windows, and when WSAStartup fails
 */
export const loadWs2_32 = () => {
  if (process.platform !== 'win32') {
    throw new Error(`the provider ws2_32 needs Windows; this is ${process.platform}`);
  }
  const ws2_32 = koffi.load('ws2_32.dll');
  const kernel32 = koffi.load('kernel32.dll');
  const lastError: () => number = ws2_32.func('WSAGetLastError', 'int', []);
  const native = <A extends readonly unknown[]>(name: string, result: string, parameters: Type[]) =>
    checked<A>(name, ws2_32.func(name, result, parameters), lastError);
  const buffers = koffi.pointer(koffi.struct({ len: 'uint32_t', buf: 'void *' }));
  const createEvent: () => number = ws2_32.func('WSACreateEvent', HANDLE, []);
  const closeEvent: (event: number) => number = ws2_32.func('WSACloseEvent', 'int', [HANDLE]);
  const startup: (version: number, data: Memory) => number = ws2_32.func('WSAStartup', 'int', [
    'uint16_t',
    'void *',
  ]);
  const setHandleInformation: (handle: number, mask: number, flags: number) => number = kernel32.func(
    'SetHandleInformation',
    'int',
    [SOCKET, 'uint32_t', 'uint32_t'],
  );
  const kernelError: () => number = kernel32.func('GetLastError', 'uint32_t', []);

  const code = startup(VERSION_2_2, new Uint8Array(WSADATA_BYTES)); // the one call that returns its code itself
  if (code !== 0) throw new Error(`WSAStartup failed with ${code}`);

  return {
    cleanup: native<[]>('WSACleanup', 'int', []),
    enumProtocols: native<[protocols: null, into: Memory, bytes: Uint32Array]>('WSAEnumProtocolsW', 'int', [
      'void *',
      'void *',
      'void *',
    ]),
    socket: native<
      [family: number, type: number, protocol: number, info: Memory, group: number, flags: number]
    >('WSASocketW', SOCKET, ['int', 'int', 'int', 'void *', 'uint32_t', 'uint32_t']),
    bind: native<[s: number, name: Memory, length: number]>('bind', 'int', [SOCKET, 'void *', 'int']),
    listen: native<[s: number, backlog: number]>('listen', 'int', [SOCKET, 'int']),
    accept: native<[s: number, name: Memory, length: Int32Array]>('accept', SOCKET, [
      SOCKET,
      'void *',
      'void *',
    ]),
    /** Another way to accept, with a condition function. */
    acceptIf: loadWsaAccept(ws2_32, lastError),
    connect: native<
      [s: number, name: Memory, length: number, caller: WsaBuf | null, callee: null, sqos: null, gqos: null]
    >('WSAConnect', 'int', [SOCKET, 'void *', 'int', buffers, 'void *', 'void *', 'void *']),
    select: native<[ignored: number, read: Memory, write: Memory, except: Memory, timeout: Memory]>(
      'select',
      'int',
      ['int', 'void *', 'void *', 'void *', 'void *'],
    ),
    send: native<[s: number, data: Memory, length: number, flags: number]>('send', 'int', [
      SOCKET,
      'void *',
      'int',
      'int',
    ]),
    sendto: native<[s: number, data: Memory, length: number, flags: number, to: Memory, toLength: number]>(
      'sendto',
      'int',
      [SOCKET, 'void *', 'int', 'int', 'void *', 'int'],
    ),
    recv: native<[s: number, into: Memory, length: number, flags: number]>('recv', 'int', [
      SOCKET,
      'void *',
      'int',
      'int',
    ]),
    recvfrom: native<
      [s: number, into: Memory, length: number, flags: number, from: Memory, fromLength: Int32Array]
    >('recvfrom', 'int', [SOCKET, 'void *', 'int', 'int', 'void *', 'void *']),
    shutdown: native<[s: number, how: number]>('shutdown', 'int', [SOCKET, 'int']),
    sendDisconnect: native<[s: number, data: WsaBuf | null]>('WSASendDisconnect', 'int', [SOCKET, buffers]),
    recvDisconnect: native<[s: number, into: WsaBuf | null]>('WSARecvDisconnect', 'int', [SOCKET, buffers]),
    getsockname: native<[s: number, name: Memory, length: Int32Array]>('getsockname', 'int', [
      SOCKET,
      'void *',
      'void *',
    ]),
    getpeername: native<[s: number, name: Memory, length: Int32Array]>('getpeername', 'int', [
      SOCKET,
      'void *',
      'void *',
    ]),
    getsockopt: native<[s: number, level: number, option: number, value: Memory, length: Int32Array]>(
      'getsockopt',
      'int',
      [SOCKET, 'int', 'int', 'void *', 'void *'],
    ),
    setsockopt: native<[s: number, level: number, option: number, value: Memory, length: number]>(
      'setsockopt',
      'int',
      [SOCKET, 'int', 'int', 'void *', 'int'],
    ),
    ioctlsocket: native<[s: number, command: number, argument: Uint32Array]>('ioctlsocket', 'int', [
      SOCKET,
      'int32_t',
      'void *',
    ]),
    ioctl: native<
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
    >('WSAIoctl', 'int', [
      SOCKET,
      'uint32_t',
      'void *',
      'uint32_t',
      'void *',
      'uint32_t',
      'void *',
      'void *',
      'void *',
    ]),
    poll: native<[items: Memory, count: number, timeout: number]>('WSAPoll', 'int', [
      'void *',
      'uint32_t',
      'int',
    ]),
    duplicateSocket: native<[s: number, processId: number, info: Memory]>('WSADuplicateSocketW', 'int', [
      SOCKET,
      'uint32_t',
      'void *',
    ]),
    /** @param event an event object, 0 for none */
    eventSelect: native<[s: number, event: number, mask: number]>('WSAEventSelect', 'int', [
      SOCKET,
      HANDLE,
      'int32_t',
    ]),
    enumNetworkEvents: native<[s: number, event: number, into: Memory]>('WSAEnumNetworkEvents', 'int', [
      SOCKET,
      HANDLE,
      'void *',
    ]),
    /** WSA_INVALID_EVENT is NULL. */
    createEvent: checked<[]>('WSACreateEvent', () => createEvent() || -1, lastError),
    /** BOOL: zero is the failure. */
    closeEvent: checked<[event: number]>(
      'WSACloseEvent',
      (event) => (closeEvent(event) === 0 ? -1 : 0),
      lastError,
    ),
    /** WSA_WAIT_EVENT_0 or WSA_WAIT_TIMEOUT; WSA_WAIT_FAILED is -1 as a signed number. */
    waitForEvents: native<
      [count: number, events: BigInt64Array, all: number, timeout: number, alertable: number]
    >('WSAWaitForMultipleEvents', 'int32_t', ['uint32_t', 'void *', 'int', 'uint32_t', 'int']),
    closesocket: native<[s: number]>('closesocket', 'int', [SOCKET]),
    /** BOOL: zero is the failure here, and GetLastError has the code. */
    setHandleInformation: checked<[handle: number, mask: number, flags: number]>(
      'SetHandleInformation',
      (...args) => (setHandleInformation(...args) === 0 ? -1 : 0),
      kernelError,
    ),
  };
};

export type Ws2_32 = ReturnType<typeof loadWs2_32>;
