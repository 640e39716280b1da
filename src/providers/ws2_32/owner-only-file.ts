/**
 * Files that the current user and SYSTEM can use and nobody else. A mode of 0600 means nothing on Windows.
 * No program is run for it: which one a name such as `icacls` means is for the folders of PATH to say, and a
 * small container has none.
 */
import { ACCESS_ALLOWED_ACE_TYPE, ACCESS_DENIED_ACE_TYPE, loadSecurity, type Security } from './security.js';

// Source: https://learn.microsoft.com/windows/win32/secauthz/well-known-sids
const SYSTEM = 'S-1-5-18';
/** Owns what an elevated user makes, where Windows is set so. Its members can take every file. */
const ADMINISTRATORS = 'S-1-5-32-544';
const EVERYONE = 'S-1-1-0';

/**
 * Makes an empty file with a list of who may use it that has its owner and SYSTEM, and takes nothing from the
 * folder.
 *
 * @returns false when there is a file of that name
 * @throws Error when it cannot be made
 */
export const createOwnerOnly = (file: string): boolean => {
  const security = loadSecurity();
  return security.createFileWith(file, descriptorFor(security.currentUser()));
};

/**
 * The descriptor in SDDL: FA is every right to a file, P keeps out what the folder gives.
 *
 * @see https://learn.microsoft.com/windows/win32/secauthz/security-descriptor-string-format
 */
const descriptorFor = (user: string): string => `O:${user}D:P(A;;FA;;;SY)(A;;FA;;;${user})`;

/**
 * Why others than the current user and SYSTEM may know what is in a file, in a few words; undefined when they
 * do not.
 *
 * @throws Error when that cannot be found out
 */
export const wideAccess = (file: string): string | undefined => {
  const security = loadSecurity();
  return complaintOf(security.securityOf(file), security.currentUser());
};

/** The judgement alone; see wideAccess. */
export const complaintOf = ({ owner, isProtected, entries }: Security, user: string): string | undefined => {
  // Windows says so of what has no owner.
  if (owner === EVERYONE) return 'is on a drive that keeps no access lists, such as FAT or exFAT';
  if (![user, SYSTEM, ADMINISTRATORS].includes(owner)) return `belongs to another user (${owner})`;
  if (entries === undefined) return 'has no access list, so everybody may use it';
  if (!isProtected) return 'its access list inherits from the folder';
  if (entries.length === 0) return 'its access list is empty';
  for (const { type, sid } of entries) {
    if (type === ACCESS_DENIED_ACE_TYPE) continue; // gives nothing
    if (type !== ACCESS_ALLOWED_ACE_TYPE)
      return `its access list has an entry of a type unknown here (${type})`;
    if (sid !== user && sid !== SYSTEM) return `others than its owner may use it (${sid})`;
  }
  return undefined;
};
