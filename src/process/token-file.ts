import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  mkdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { Config } from '../config/schema.js';
import { isToken } from '../config/token-text.js';
import type { NamedToken } from '../http/gates/token-gate.js';
import type { OwnerOnlyFiles } from './owner-only-files.js';

/** A token that cannot be used safely; the message is one line. */
export class TokenError extends Error {
  override name = 'TokenError';
}

/** The tokens of this start, and the state of the token file. */
export interface Tokens {
  readonly tokens: readonly NamedToken[];
  /** The file that holds the token of the owner `default`; undefined when other tokens are configured. */
  readonly file?: string;
  /** True when this start made the file. */
  readonly created: boolean;
  /** When this start made the file; with another time of change, another start has read it since. */
  readonly madeAt?: number;
}

/**
 * The tokens that requests may carry: those of the environment and the configuration. Without any, the token
 * file is read, or made at the first start.
 *
 * @throws TokenError for a file that others can read, or without an acceptable token
 */
export const resolveTokens = (config: Config, files: OwnerOnlyFiles, fromEnvironment?: string): Tokens => {
  const named = configuredTokens(config, files, fromEnvironment);
  if (named.length > 0) return { tokens: named, created: false };
  const file = config.tokenFile;
  const made = createToken(file, files);
  if (made !== undefined) {
    return { tokens: [{ name: 'default', token: made.token }], file, created: true, madeAt: made.at };
  }
  const token = readToken(file, files);
  markAsUsed(file);
  return { tokens: [{ name: 'default', token }], file, created: false };
};

/** Tells the start that has made the file that its token is in use, should that start fail. */
const markAsUsed = (file: string): void => {
  try {
    const now = new Date();
    utimesSync(file, now, now);
  } catch {
    // A file that cannot be changed was not made by a start that is about to fail.
  }
};

/**
 * Removes the token file of a start that has failed: its token was shown to nobody, so the next start makes
 * and shows another. A file that another daemon has read meanwhile stays.
 */
export const removeUnshown = ({ file, madeAt }: Tokens): void => {
  if (file === undefined || madeAt === undefined) return;
  if (statSync(file, { throwIfNoEntry: false })?.mtimeMs === madeAt) unlinkSync(file);
};

/**
 * The same tokens, of a daemon that has been started before: no file is made.
 *
 * @throws TokenError as above, and if there is no token file yet
 */
export const existingTokens = (
  config: Config,
  files: OwnerOnlyFiles,
  fromEnvironment?: string,
): readonly NamedToken[] => {
  const named = configuredTokens(config, files, fromEnvironment);
  if (named.length > 0) return named;
  const absent = 'there is no token yet; start the daemon once, which makes it';
  return [{ name: 'default', token: readToken(config.tokenFile, files, absent) }];
};

const configuredTokens = (
  config: Config,
  files: OwnerOnlyFiles,
  fromEnvironment: string | undefined,
): readonly NamedToken[] => {
  const named = config.tokens.map((entry): NamedToken => {
    if ((entry.token === undefined) === (entry.tokenFile === undefined)) {
      throw new TokenError(`tokens: ${entry.name} needs exactly one of token and tokenFile`);
    }
    return { name: entry.name, token: entry.token ?? readToken(entry.tokenFile ?? '', files) };
  });
  if (fromEnvironment !== undefined) named.unshift({ name: 'default', token: fromEnvironment });
  refuseTwins(named);
  return named;
};

const refuseTwins = (tokens: readonly NamedToken[]): void => {
  const seen = new Set<string>();
  for (const { name, token } of tokens) {
    if (seen.has(token)) throw new TokenError(`tokens: ${name} has the same token as another entry`);
    seen.add(token);
  }
};

/**
 * Makes an owner-only file with a new token.
 *
 * @returns the token and the file's time of change; undefined when a file of that name exists
 * @throws TokenError when it cannot be made, or cannot be made owner-only
 */
export const createToken = (
  file: string,
  files: OwnerOnlyFiles,
): { readonly token: string; readonly at: number } | undefined => {
  let fd: number;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    fd = files.create(file);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return undefined;
    throw new TokenError(`${file}: cannot be made (${codeOf(error)})`);
  }
  try {
    refuseOthersAccess(file, fd, files); // before the secret is written
    const token = randomBytes(32).toString('base64url');
    writeSync(fd, `${token}\n`);
    return { token, at: fstatSync(fd).mtimeMs };
  } catch (error) {
    unlinkSync(file);
    if (error instanceof TokenError) throw error;
    throw new TokenError(`${file}: cannot be written (${codeOf(error)})`);
  } finally {
    closeSync(fd);
  }
};

/** @param absent what to say if there is no such file */
const readToken = (file: string, files: OwnerOnlyFiles, absent?: string): string => {
  let fd: number;
  try {
    fd = files.open(file);
  } catch (error) {
    const code = codeOf(error);
    throw new TokenError(`${file}: ${whyUnread(code, absent)}`);
  }
  try {
    refuseOthersAccess(file, fd, files);
    const token = textOf(fd).trim();
    if (!isToken(token)) {
      throw new TokenError(
        `${file}: holds no token of at least 16 printable characters; remove it to get a new token`,
      );
    }
    return token;
  } finally {
    closeSync(fd);
  }
};

/** How long a start waits until another one has written the token into the file that it has just made. */
const WRITTEN_WITHIN_MS = 1000;

const textOf = (fd: number): string => {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  const giveUpAt = performance.now() + WRITTEN_WITHIN_MS;
  for (;;) {
    const text = readFileSync(fd, 'utf8');
    if (text !== '' || performance.now() > giveUpAt) return text;
    Atomics.wait(pause, 0, 0, 20);
  }
};

const whyUnread = (code: string, absent: string | undefined): string => {
  if (code === 'ENOENT' && absent !== undefined) return absent;
  // The code of O_NOFOLLOW.
  return code === 'ELOOP' ? 'is a link; name the file itself' : `cannot be read (${code})`;
};

/** Refuses a file that another user made or can read: its token may be known. */
const refuseOthersAccess = (file: string, fd: number, files: OwnerOnlyFiles): void => {
  const accessProblem = files.accessProblem(file, fd);
  if (accessProblem !== undefined) throw new TokenError(`${file}: ${accessProblem}`);
};

const codeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error ? String(error.code) : error.message;
};
