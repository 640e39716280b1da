/**
 * The functions of advapi32.dll for the current user and the access list of a file. This file frees what
 * they allocate; no pointer leaves it.
 *
 * Source: https://learn.microsoft.com/windows/win32/secauthz/access-control
 */
import { toNamespacedPath } from 'node:path';
import koffi from '../native/koffi.js';
import { requireWindows } from './require-windows.js';

/** A pointer as koffi shows it. */
type Pointer = bigint | null;

/**
 * The content of a security descriptor. An account is a SID as text, which is the same in every language of
 * Windows.
 */
export interface Security {
  readonly owner: string;
  /** Whether the list inherits nothing from the folder. */
  readonly isProtected: boolean;
  /** The entries in order; undefined for a file without a list, which everybody may use. */
  readonly entries: readonly Entry[] | undefined;
}

/** An ACE. */
export interface Entry {
  /** ACCESS_ALLOWED_ACE_TYPE is 0; the others are in winnt.h. */
  readonly type: number;
  /** The account; undefined for types that store it at another place. */
  readonly sid: string | undefined;
}

export const ACCESS_ALLOWED_ACE_TYPE = 0;
export const ACCESS_DENIED_ACE_TYPE = 1;

const TOKEN_QUERY = 0x0008;
const TOKEN_USER_CLASS = 1;
/** TOKEN_USER with the longest SID: SID_AND_ATTRIBUTES, 16 bytes, and SECURITY_MAX_SID_SIZE behind it. */
const TOKEN_USER_BYTES = 16 + 68;
const ACL_SIZE_CLASS = 2; // AclSizeInformation
const SE_FILE_OBJECT = 1;
const OWNER_SECURITY_INFORMATION = 0x1;
const DACL_SECURITY_INFORMATION = 0x4;
const SE_DACL_PROTECTED = 0x1000;
const SDDL_REVISION_1 = 1;
const GENERIC_WRITE = 0x40000000;
const CREATE_NEW = 1;
const FILE_ATTRIBUTE_NORMAL = 0x80;
const INVALID_HANDLE_VALUE = -1;
const ERROR_FILE_EXISTS = 80;

const ACE_HEADER = koffi.struct({ type: 'uint8_t', flags: 'uint8_t', size: 'uint16_t' });
/** Offset of the SID in types that have it directly after ACE_HEADER and the mask. */
const SID_AT = 8n;
const SECURITY_ATTRIBUTES = koffi.struct({ length: 'uint32_t', descriptor: 'void *', inherit: 'int' });
const SECURITY_ATTRIBUTES_BYTES = 24;

/**
 * Paths may have any length, as for Node's own calls: without the namespace prefix Windows accepts 260
 * characters, and drops a dot or a space at the end.
 *
 * @see https://learn.microsoft.com/windows/win32/fileio/naming-a-file#win32-file-namespaces
 * @throws an Error on a system other than 64-bit Windows
 */
export const loadSecurity = () => {
  requireWindows(); // the first call of Windows at start
  const advapi32 = koffi.load('advapi32.dll');
  const kernel32 = koffi.load('kernel32.dll');
  const lastError: () => number = kernel32.func('uint32_t GetLastError()');
  const localFree: (memory: Pointer) => void = kernel32.func('void LocalFree(void *)');
  const closeHandle: (handle: number) => number = kernel32.func('int CloseHandle(intptr_t)');
  const currentProcess: () => number = kernel32.func('intptr_t GetCurrentProcess()');
  const createFile = kernel32.func('CreateFileW', 'intptr_t', [
    'str16',
    'uint32_t',
    'uint32_t',
    koffi.pointer(SECURITY_ATTRIBUTES),
    'uint32_t',
    'uint32_t',
    'intptr_t',
  ]);
  const openProcessToken = advapi32.func('int OpenProcessToken(intptr_t, uint32_t, _Out_ intptr_t *)');
  const getTokenInformation = advapi32.func(
    'int GetTokenInformation(intptr_t, int, void *, uint32_t, void *)',
  );
  const sidToText = advapi32.func('int ConvertSidToStringSidW(void *, _Out_ void **)');
  const textToDescriptor = advapi32.func(
    'int ConvertStringSecurityDescriptorToSecurityDescriptorW(str16, uint32_t, _Out_ void **, void *)',
  );
  const getSecurity = advapi32.func(
    'uint32_t GetNamedSecurityInfoW(str16, int, uint32_t, _Out_ void **, void *, _Out_ void **, void *, _Out_ void **)',
  );
  const getControl = advapi32.func(
    'int GetSecurityDescriptorControl(void *, _Out_ uint16_t *, _Out_ uint32_t *)',
  );
  const getAclInformation = advapi32.func('int GetAclInformation(void *, void *, uint32_t, int)');
  const getAce = advapi32.func('int GetAce(void *, uint32_t, _Out_ void **)');

  /** The error of a function that returned FALSE; must be called directly after it. */
  const failed = (call: string): Error => new Error(`${call} failed with ${lastError()}`);

  const textOf = (sid: Pointer | Uint8Array): string => {
    const text: [Pointer] = [null];
    if (!sidToText(sid, text)) throw failed('ConvertSidToStringSidW');
    try {
      return koffi.decode(text[0], 'char16_t', -1);
    } finally {
      localFree(text[0]);
    }
  };

  /** The account of this process. */
  const currentUser = (): string => {
    const token: [number] = [0];
    if (!openProcessToken(currentProcess(), TOKEN_QUERY, token)) throw failed('OpenProcessToken');
    try {
      const user = Buffer.alloc(TOKEN_USER_BYTES);
      if (!getTokenInformation(token[0], TOKEN_USER_CLASS, user, user.length, new Uint32Array(1))) {
        throw failed('GetTokenInformation');
      }
      // TOKEN_USER begins with a pointer to the SID, which is in the same buffer.
      return textOf(user.subarray(Number(user.readBigUInt64LE() - koffi.address(user))));
    } finally {
      closeHandle(token[0]);
    }
  };

  /**
   * Makes an empty file that has the security descriptor from the start.
   *
   * @param sddl the descriptor as text
   * @returns false when there is a file of that name
   */
  const createFileWith = (file: string, sddl: string): boolean => {
    const descriptor: [Pointer] = [null];
    if (!textToDescriptor(sddl, SDDL_REVISION_1, descriptor, null)) {
      throw failed('ConvertStringSecurityDescriptorToSecurityDescriptorW');
    }
    try {
      const attributes = { length: SECURITY_ATTRIBUTES_BYTES, descriptor: descriptor[0], inherit: 0 };
      const handle: number = createFile(
        toNamespacedPath(file),
        GENERIC_WRITE,
        0,
        attributes,
        CREATE_NEW,
        FILE_ATTRIBUTE_NORMAL,
        0,
      );
      if (handle === INVALID_HANDLE_VALUE) {
        const code = lastError();
        if (code === ERROR_FILE_EXISTS) return false;
        throw new Error(`CreateFileW failed with ${code}`);
      }
      closeHandle(handle);
      return true;
    } finally {
      localFree(descriptor[0]);
    }
  };

  const entriesOf = (acl: Pointer): readonly Entry[] => {
    const size = new Uint32Array(3); // ACL_SIZE_INFORMATION: AceCount comes first
    if (!getAclInformation(acl, size, size.byteLength, ACL_SIZE_CLASS)) throw failed('GetAclInformation');
    return Array.from({ length: size[0] ?? 0 }, (_, index) => {
      const ace: [Pointer] = [null];
      if (!getAce(acl, index, ace) || ace[0] === null) throw failed('GetAce');
      const { type }: { type: number } = koffi.decode(ace[0], ACE_HEADER);
      const isPlain = type === ACCESS_ALLOWED_ACE_TYPE || type === ACCESS_DENIED_ACE_TYPE;
      return { type, sid: isPlain ? textOf(ace[0] + SID_AT) : undefined };
    });
  };

  /** The owner of a file, and its access list. */
  const securityOf = (file: string): Security => {
    const owner: [Pointer] = [null];
    const acl: [Pointer] = [null];
    const descriptor: [Pointer] = [null];
    const what = OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;
    const path = toNamespacedPath(file);
    const code = getSecurity(path, SE_FILE_OBJECT, what, owner, null, acl, null, descriptor);
    if (code !== 0) throw new Error(`GetNamedSecurityInfoW failed with ${code}`);
    try {
      const control: [number] = [0];
      if (!getControl(descriptor[0], control, [0])) throw failed('GetSecurityDescriptorControl');
      return {
        owner: textOf(owner[0]),
        isProtected: (control[0] & SE_DACL_PROTECTED) !== 0,
        entries: acl[0] === null ? undefined : entriesOf(acl[0]),
      };
    } finally {
      localFree(descriptor[0]);
    }
  };

  return { currentUser, createFileWith, securityOf };
};
