/**
 * Files that only the current user and SYSTEM can use; a mode of 0600 means nothing on Windows. No program
 * such as `icacls` is run for it: PATH could name another one, and a small container has none.
 */
import { ACCESS_ALLOWED_ACE_TYPE, ACCESS_DENIED_ACE_TYPE, loadSecurity, type Security } from './security.js';

// Source: https://learn.microsoft.com/windows/win32/secauthz/well-known-sids
const SYSTEM = 'S-1-5-18';
/**
 * Owns the files of an elevated user where Windows is configured that way. Its members can access every
 * file.
 */
const ADMINISTRATORS = 'S-1-5-32-544';
const EVERYONE = 'S-1-1-0';

/**
 * Makes an empty file whose access list has only its owner and SYSTEM, and inherits nothing from the folder.
 *
 * @returns false when a file of that name exists
 * @throws Error when it cannot be made
 */
export const createOwnerOnly = (file: string): boolean => {
  const security = loadSecurity();
  return security.createFileWith(file, descriptorFor(security.currentUser()));
};

/**
 * The descriptor in SDDL: FA grants every right to a file, P blocks entries inherited from the folder.
 *
 * @see https://learn.microsoft.com/windows/win32/secauthz/security-descriptor-string-format
 */
const descriptorFor = (user: string): string => `O:${user}D:P(A;;FA;;;SY)(A;;FA;;;${user})`;

/**
 * Why accounts other than the current user and SYSTEM may know the content of a file, in a few words;
 * undefined when none may.
 *
 * @throws Error when the access list cannot be read
 */
export const accessProblem = (file: string): string | undefined => {
  const security = loadSecurity();
  return accessProblemOf(security.securityOf(file), security.currentUser());
};

/** The decision of `accessProblem`, without reading a file. */
export const accessProblemOf = (
  { owner, isProtected, entries }: Security,
  user: string,
): string | undefined => {
  // Windows reports this owner for a file without one.
  if (owner === EVERYONE) return 'is on a drive that keeps no access lists, such as FAT or exFAT';
  if (![user, SYSTEM, ADMINISTRATORS].includes(owner)) return `belongs to another user (${owner})`;
  if (entries === undefined) return 'has no access list, so everybody may use it';
  if (!isProtected) return 'its access list inherits from the folder';
  if (entries.length === 0) return 'its access list is empty';
  for (const { type, sid } of entries) {
    if (type === ACCESS_DENIED_ACE_TYPE) continue; // grants nothing
    if (type !== ACCESS_ALLOWED_ACE_TYPE)
      return `its access list has an entry of a type unknown here (${type})`;
    if (sid !== user && sid !== SYSTEM) return `others than its owner may use it (${sid})`;
  }
  return undefined;
};
