import { ADDRESS_FAMILIES } from '../../winsock/constants.js';
import { loadNativeResolver } from '../native/native-resolver.js';
import type { Resolver } from '../provider.js';

/**
 * GetAddrInfoW and GetNameInfoW. They return their error code, so the last error of the thread is not
 * needed.
 *
 * Source: https://learn.microsoft.com/windows/win32/api/ws2tcpip/nf-ws2tcpip-getaddrinfow
 *
 * @throws an Error on a system other than Windows
 */
export const loadResolver = (): Resolver =>
  loadNativeResolver({
    file: 'ws2_32.dll',
    getaddrinfo: 'int GetAddrInfoW(const char16_t *, const char16_t *, const void *, _Out_ void **)',
    freeaddrinfo: 'void FreeAddrInfoW(void *)',
    getnameinfo: 'int GetNameInfoW(const void *, int, void *, uint32_t, void *, uint32_t, int)',
    addrinfo: { length: 'size_t', canonicalName: 'void *', sockaddr: 'void *', next: 'void *' },
    character: { type: 'char16_t', bytes: 2, encoding: 'utf16le' },
    families: ADDRESS_FAMILIES,
    failureOf: (call, code) => ({ ok: false, code, call }),
  });
