import { constants, fstatSync, openSync } from 'node:fs';

/** Files that their owner can use and nobody else, as a system has them. */
export interface OwnerOnlyFiles {
  /**
   * Makes an empty one.
   *
   * @returns its descriptor, for writing
   * @throws Error with the code EEXIST when there is a file of that name; with another where it cannot be made
   */
  create(file: string): number;
  /**
   * Opens one to read it.
   *
   * @throws Error with the system's code
   */
  open(file: string): number;
  /**
   * Why others may know or change what is in it, in a few words; undefined when they cannot.
   *
   * @param fd of the same file, open
   */
  complaint(file: string, fd: number): string | undefined;
}

/** By its mode and owner, and judged by descriptor, not by name. */
export const byMode: OwnerOnlyFiles = {
  create: (file) => openSync(file, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600),
  open: (file) => openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW),
  complaint(_file, fd) {
    const stat = fstatSync(fd);
    if (!stat.isFile()) return 'is no regular file';
    if (stat.uid !== process.getuid?.()) return 'belongs to another user';
    if ((stat.mode & 0o077) === 0) return undefined;
    const mode = (stat.mode & 0o777).toString(8);
    return `others may read or change it (mode ${mode}); run chmod 600 on it, or remove it to get a new token`;
  },
};

/** Those of this system. */
export const ownerOnlyFiles = async (): Promise<OwnerOnlyFiles> => {
  if (process.platform !== 'win32') return byMode;
  // Loaded here, because only Windows has what it needs.
  return byAccessList(await import('../providers/ws2_32/owner-only-file.js'));
};

/** How Windows does it. */
interface AccessLists {
  createOwnerOnly(file: string): boolean;
  wideAccess(file: string): string | undefined;
}

/** By the list of who may use it, on Windows, where a mode says nothing. */
export const byAccessList = ({ createOwnerOnly, wideAccess }: AccessLists): OwnerOnlyFiles => ({
  create(file) {
    if (createOwnerOnly(file)) return openSync(file, 'r+');
    throw Object.assign(new Error(`${file} is there already`), { code: 'EEXIST' });
  },
  open: (file) => openSync(file, 'r'),
  complaint(file) {
    const advice = 'remove it to get a new token, or set WINSOCKD_TOKEN to do without it';
    try {
      const wide = wideAccess(file);
      return wide && `${wide}; ${advice}`;
    } catch (error) {
      return `its access list cannot be read (${error instanceof Error ? error.message : error}); ${advice}`;
    }
  },
});
