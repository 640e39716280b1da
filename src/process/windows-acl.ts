import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Runs a command without a shell and gives its standard output; throws when it fails. */
export type RunCommand = (command: string, args: readonly string[]) => string;

const runCommand: RunCommand = (command, args) =>
  execFileSync(command, args, { encoding: 'utf8', windowsHide: true, stdio: ['ignore', 'pipe', 'ignore'] });

const SYSTEM = 'S-1-5-18';

// SDDL writes well-known accounts by two letters.
// Source: https://learn.microsoft.com/windows/win32/secauthz/sid-strings
const ALIASES: readonly (readonly [RegExp, string])[] = [
  [/^S-1-5-18$/, 'SY'],
  [/^S-1-5-19$/, 'LS'],
  [/^S-1-5-20$/, 'NS'],
  [/^S-1-5-21-.*-500$/, 'LA'],
];

/**
 * Lets only the current user and SYSTEM use a file: inheritance off, everything else removed, then verified,
 * because a mode of 0600 means nothing on Windows.
 *
 * @throws Error when the file is not restricted afterwards
 */
export const restrictToOwner = (file: string, run: RunCommand = runCommand): void => {
  const user = currentUser(run);
  run('icacls', [file, '/inheritance:r', '/grant:r', `*${user}:F`, '/grant:r', `*${SYSTEM}:F`]);
  const wider = widerThanOwner(file, run);
  if (wider !== undefined) throw new Error(wider);
};

/** Why a file is open to more than the current user and SYSTEM, in one sentence; undefined when it is not. */
export const widerThanOwner = (file: string, run: RunCommand = runCommand): string | undefined => {
  const user = currentUser(run);
  const descriptor = securityDescriptor(file, run);
  const dacl = /D:([A-Z]*)((?:\([^)]*\))*)/.exec(descriptor);
  if (!dacl) return 'its access list cannot be read; set WINSOCKD_TOKEN to do without the file';
  const [, flags = '', entries = ''] = dacl;
  if (!flags.includes('P')) return 'its access list inherits from the folder';
  const allowed = new Set([user, SYSTEM].flatMap((sid) => [sid, ...aliasesOf(sid)]));
  for (const [, entry = ''] of entries.matchAll(/\(([^)]*)\)/g)) {
    const trustee = entry.split(';')[5] ?? '';
    if (!allowed.has(trustee)) return `others than its owner may use it (${trustee})`;
  }
  return entries === '' ? 'its access list is empty' : undefined;
};

const aliasesOf = (sid: string): readonly string[] =>
  ALIASES.filter(([pattern]) => pattern.test(sid)).map(([, alias]) => alias);

const currentUser = (run: RunCommand): string => {
  const sid = /S-1-[0-9-]+/.exec(run('whoami', ['/user', '/fo', 'csv', '/nh']))?.[0];
  if (sid === undefined) throw new Error('the current user cannot be found out (whoami)');
  return sid;
};

/** The access list in SDDL, which unlike the listing of icacls is the same in every language of Windows. */
const securityDescriptor = (file: string, run: RunCommand): string => {
  const folder = mkdtempSync(join(tmpdir(), 'winsockd-acl-'));
  try {
    const saved = join(folder, 'acl');
    run('icacls', [file, '/save', saved]);
    // A system without these lists (Wine) has an icacls that does nothing, and saves nothing.
    return existsSync(saved) ? readFileSync(saved, 'utf16le') : '';
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
