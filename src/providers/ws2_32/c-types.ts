import koffi from '../native/koffi.js';

/** Registers the type names that the native prototypes use, see library.ts. */

/** Signed, so that INVALID_SOCKET (~0) is -1 and every valid value a plain number. */
koffi.alias('SOCKET', 'intptr_t');

/** A handle has 32 significant bits, so it is a plain number. */
koffi.alias('HANDLE', 'intptr_t');

export const WSABUF = koffi.struct('WSABUF', { len: 'uint32_t', buf: 'void *' });

/** LPCONDITIONPROC: caller id, caller data, two QOS, callee id, callee data, group, callback data. */
koffi.proto('int CONDITIONPROC(WSABUF *, WSABUF *, void *, void *, WSABUF *, WSABUF *, void *, uintptr_t)');
