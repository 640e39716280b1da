import koffi from '../native/koffi.js';
import './c-types.js';
import { type Outcome, ok } from '../../winsock/outcome.js';
import { checked } from './native-call.js';

/**
 * WSARecvMsg is not exported by ws2_32.dll: the provider of a socket returns it for
 * SIO_GET_EXTENSION_FUNCTION_POINTER.
 *
 * Source: https://learn.microsoft.com/windows/win32/api/mswsock/nc-mswsock-lpfn_wsarecvmsg
 */
export type WsaRecvMsg = (
  s: number,
  message: Uint8Array,
  count: Uint32Array,
  overlapped: null,
  completion: null,
) => Outcome<number>;

/** The WSAIoctl of library.ts. */
type Ioctl = (
  s: number,
  code: number,
  into: Uint8Array,
  inBytes: number,
  out: Uint8Array,
  outBytes: number,
  returned: Uint32Array,
  overlapped: null,
  completion: null,
) => Outcome<number>;

/** _WSAIORW(IOC_WS2, 6). */
const SIO_GET_EXTENSION_FUNCTION_POINTER = 0xc8000006;

/** WSAID_WSARECVMSG of mswsock.h: {f689d7c8-6f1f-436b-8a53-e54fe351c322}, in the memory of a GUID. */
const WSAID_WSARECVMSG = Buffer.from('c8d789f61f6f6b438a53e54fe351c322', 'hex');

const PROTOTYPE = koffi.proto('int WSARECVMSG(SOCKET, void *, void *, void *, void *)');

/** Loads the function for a socket; providers that return the same address share it. */
export const loadWsaRecvMsg = (
  ioctl: Ioctl,
  lastError: () => number,
): ((s: number) => Outcome<WsaRecvMsg>) => {
  const known = new Map<bigint, WsaRecvMsg>();
  const pointer = Buffer.alloc(8);
  const returned = new Uint32Array(1);
  return (s) => {
    const guid = WSAID_WSARECVMSG;
    const code = SIO_GET_EXTENSION_FUNCTION_POINTER;
    const got = ioctl(s, code, guid, guid.length, pointer, pointer.length, returned, null, null);
    if (!got.ok) return got;
    const address = pointer.readBigUInt64LE();
    const call = known.get(address) ?? checked('WSARecvMsg', koffi.decode(address, PROTOTYPE), lastError);
    known.set(address, call);
    return ok(call);
  };
};
