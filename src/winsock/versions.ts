import { fail, type Outcome } from './outcome.js';

/** A Winsock version as `major.minor`. */
export interface Version {
  readonly major: number;
  readonly minor: number;
}

export const HIGHEST: Version = { major: 2, minor: 2 };

const KNOWN: readonly Version[] = [
  { major: 1, minor: 0 },
  { major: 1, minor: 1 },
  { major: 2, minor: 0 },
  { major: 2, minor: 1 },
  HIGHEST,
];

export const versionText = (v: Version): string => `${v.major}.${v.minor}`;

/**
 * The version of a session: the highest known one that is not above the requested one. WSAVERNOTSUPPORTED
 * below 1.0.
 *
 * @param text `major.minor`, each 0 to 255
 * @see https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-wsastartup
 */
export const negotiate = (text: string): Outcome<Version> => {
  const [major = 0, minor = 0] = text.split('.').map(Number);
  const granted = KNOWN.findLast((v) => v.major < major || (v.major === major && v.minor <= minor));
  return granted ? { ok: true, value: granted } : fail('WSAVERNOTSUPPORTED', 'WSAStartup');
};

/** Whether a session of this version permits only one blocking call at a time. */
export const isVersion1 = (v: Version): boolean => v.major === 1;
