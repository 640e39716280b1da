import { readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, sep } from 'node:path';

/** One entry: a path, or a folder with everything below it. */
interface Rule {
  readonly path: string;
  readonly isFolder: boolean;
}

/**
 * Reads an entry: an absolute path, which names one file or, with a slash at its end, everything below a
 * folder.
 *
 * @throws Error saying what is wrong with the entry
 */
const parseRule = (text: string): Rule => {
  if (!isAbsolute(text) || text.includes('\0')) throw new Error(`"${text}" is not an absolute path`);
  return { path: text, isFolder: text.endsWith('/') || text.endsWith(sep) };
};

/** The paths of AF_UNIX that may be used. A path is allowed only if an entry names it. */
export class PathRules {
  readonly #rules: readonly Rule[];

  /** @throws Error for an entry that cannot be read */
  constructor(entries: readonly string[]) {
    this.#rules = entries.map(parseRule);
  }

  /**
   * Whether an entry names the place that the path leads to. `..` and links in both are resolved at each
   * call, because links may change between calls. A path that is not absolute, or that cannot be resolved, is
   * not allowed. Without entries no file is accessed.
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
 * The resolved path: that of the existing file, or the name in the resolved folder.
 *
 * @returns undefined for a link without a target, and if the system denies access
 */
const placeOf = (path: string): string | undefined => existing(path) ?? nameIn(path);

/** For a path that cannot be opened: nothing is there, or it is a socket, which Windows does not open. */
const nameIn = (path: string): string | undefined => {
  const found = kindAt(path);
  if (found === 'link' || found === 'unknown') return undefined;
  const name = basename(path);
  // `..` in a missing folder cannot be resolved.
  if (['', '.', '..'].includes(name)) return undefined;
  const folder = placeOf(dirname(path));
  return folder === undefined ? undefined : join(folder, name);
};

/** @see https://nodejs.org/api/fs.html#fsrealpathsyncnativepath-options */
const existing = (path: string): string | undefined => {
  try {
    return realpathSync.native(path);
  } catch {
    return undefined; // missing or inaccessible: the caller resolves the folder instead
  }
};

/**
 * What is at a path. Uses readlink, which opens nothing: on Windows lstat would open a socket, which fails.
 * For everything except a link, readlink answers EINVAL.
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
