import { readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, sep } from 'node:path';

/** One entry: a path, or a folder with everything below it. */
interface Rule {
  readonly path: string;
  readonly isFolder: boolean;
}

/**
 * Reads an entry: an absolute path, which means itself, or with a slash at its end everything below that folder.
 *
 * @throws Error saying what is wrong with the entry
 */
const parseRule = (text: string): Rule => {
  if (!isAbsolute(text) || text.includes('\0')) throw new Error(`"${text}" is not an absolute path`);
  return { path: text, isFolder: text.endsWith('/') || text.endsWith(sep) };
};

/** Which paths of AF_UNIX may be used. Nothing is allowed that no entry names. */
export class PathRules {
  readonly #rules: readonly Rule[];

  /** @throws Error for an entry that cannot be read */
  constructor(entries: readonly string[]) {
    this.#rules = entries.map(parseRule);
  }

  /**
   * Whether an entry names the place that the path leads to. Both are followed through `..` and links first, at
   * each call, because either may have been made since: what counts is where they lead now. A path that is not
   * absolute, or leads nowhere that can be known, is not allowed. Without entries no file is looked at.
   */
  allows(path: string): boolean {
    if (this.#rules.length === 0 || !isAbsolute(path)) return false;
    const place = placeOf(path);
    return place !== undefined && this.#rules.some((rule) => covers(rule, place));
  }
}

const covers = ({ path, isFolder }: Rule, place: string): boolean => {
  if (!isFolder) return placeOf(path) === place;
  const folder = placeOf(path);
  return folder !== undefined && place.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
};

/**
 * The place of a path: what is there under its real name, or a name in its real folder.
 *
 * @returns undefined for a link that leads nowhere, and where the system does not let one look
 */
const placeOf = (path: string): string | undefined => existing(path) ?? nameIn(path);

/** Of what cannot be opened: because it is not there, or because it is a socket, of which Windows opens none. */
const nameIn = (path: string): string | undefined => {
  const found = kindAt(path);
  if (found === 'link' || found === 'unknown') return undefined;
  const name = basename(path);
  // In a folder that is not there `..` leads nowhere that can be known.
  if (['', '.', '..'].includes(name)) return undefined;
  const folder = placeOf(dirname(path));
  return folder === undefined ? undefined : join(folder, name);
};

/** @see https://nodejs.org/api/fs.html#fsrealpathsyncnativepath-options */
const existing = (path: string): string | undefined => {
  try {
    return realpathSync.native(path);
  } catch {
    return undefined; // not there, or not to be seen: the caller has another way, or allows nothing
  }
};

/**
 * What is at a path, asked by readlink, which opens nothing: lstat follows what is no link, and Windows opens no
 * socket. EINVAL is said of everything else than a link.
 *
 * @see https://man7.org/linux/man-pages/man2/readlink.2.html
 */
export const kindAt = (path: string): 'link' | 'other' | 'nothing' | 'unknown' => {
  try {
    readlinkSync(path);
    return 'link';
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EINVAL') return 'other';
    return code === 'ENOENT' ? 'nothing' : 'unknown';
  }
};
