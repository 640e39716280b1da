import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { type Config, isToken } from '../config/schema.js';
import type { NamedToken } from '../http/gates/token-gate.js';
import { type RunCommand, restrictToOwner, widerThanOwner } from './windows-acl.js';

/** A token that cannot be used safely; the message is one line. */
export class TokenError extends Error {
  override name = 'TokenError';
}

/** The tokens of this start, and what became of the token file. */
export interface Tokens {
  readonly tokens: readonly NamedToken[];
  /** The file that holds the token of the owner `default`; undefined when other tokens are configured. */
  readonly file?: string;
  /** True when this start made the file. */
  readonly created: boolean;
}

/** Where the code runs, for tests. */
export interface Surroundings {
  readonly platform?: NodeJS.Platform;
  readonly run?: RunCommand;
}

/**
 * The tokens that requests may carry. The environment's and configured ones count; without any, the token
 * file is read, or made at the first start.
 *
 * @throws TokenError for a file that others can read, or without an acceptable token
 */
export const resolveTokens = (
  config: Config,
  fromEnvironment?: string,
  around: Surroundings = {},
): Tokens => {
  const named = config.tokens.map((entry): NamedToken => {
    if ((entry.token === undefined) === (entry.tokenFile === undefined)) {
      throw new TokenError(`tokens: ${entry.name} needs exactly one of token and tokenFile`);
    }
    return { name: entry.name, token: entry.token ?? readToken(entry.tokenFile ?? '', around) };
  });
  if (fromEnvironment !== undefined) named.unshift({ name: 'default', token: fromEnvironment });
  refuseTwins(named);
  if (named.length > 0) return { tokens: named, created: false };
  const file = config.tokenFile;
  const made = createToken(file, around);
  const token = made ?? readToken(file, around);
  return { tokens: [{ name: 'default', token }], file, created: made !== undefined };
};

const refuseTwins = (tokens: readonly NamedToken[]): void => {
  const seen = new Set<string>();
  for (const { name, token } of tokens) {
    if (seen.has(token)) throw new TokenError(`tokens: ${name} has the same token as another owner`);
    seen.add(token);
  }
};

const isWindows = (around: Surroundings): boolean => (around.platform ?? process.platform) === 'win32';

/** Makes the file with a new token, readable by its owner only; undefined when the file is there already. */
const createToken = (file: string, around: Surroundings): string | undefined => {
  let fd: number;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    fd = openSync(file, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return undefined;
    throw new TokenError(`${file}: cannot be made (${codeOf(error)})`);
  }
  try {
    // On Windows the mode says nothing: the list of who may read is set before the secret is written.
    if (isWindows(around)) restrictToOwner(file, around.run);
    const token = randomBytes(32).toString('base64url');
    writeSync(fd, `${token}\n`);
    return token;
  } catch (error) {
    unlinkSync(file);
    throw new TokenError(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    closeSync(fd);
  }
};

const readToken = (file: string, around: Surroundings): string => {
  let fd: number;
  try {
    fd = openSync(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  } catch (error) {
    throw new TokenError(`${file}: cannot be read (${codeOf(error)})`);
  }
  try {
    refuseWideAccess(file, fd, around);
    const token = readFileSync(fd, 'utf8').trim();
    if (!isToken(token)) {
      throw new TokenError(`${file}: holds no token of at least 16 printable characters`);
    }
    return token;
  } finally {
    closeSync(fd);
  }
};

/** Refuses a file that somebody else made or can read: its token may be known. Judged by descriptor, not by name. */
const refuseWideAccess = (file: string, fd: number, around: Surroundings): void => {
  if (isWindows(around)) {
    const others = reasonToRefuse(file, around);
    if (others !== undefined) throw new TokenError(`${file}: ${others}`);
    return;
  }
  const stat = fstatSync(fd);
  if (!stat.isFile()) throw new TokenError(`${file}: is no regular file`);
  if (stat.uid !== process.getuid?.()) throw new TokenError(`${file}: belongs to another user`);
  if ((stat.mode & 0o077) !== 0) {
    throw new TokenError(
      `${file}: others may read or change it (mode ${(stat.mode & 0o777).toString(8)}); run chmod 600 on it, or remove it to get a new token`,
    );
  }
};

const reasonToRefuse = (file: string, around: Surroundings): string | undefined => {
  try {
    return widerThanOwner(file, around.run);
  } catch (error) {
    return `its access list cannot be read (${codeOf(error)})`;
  }
};

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);
