import { constants, fstatSync, openSync } from 'node:fs';

/** Files that only their owner can use, as the system implements them. */
export interface OwnerOnlyFiles {
  /**
   * Makes an empty file.
   *
   * @returns its descriptor, for writing
   * @throws Error with the code EEXIST when a file of that name exists; with another code when it cannot be
   *   made
   */
  create(file: string): number;
  /**
   * Opens a file for reading.
   *
   * @throws Error with the system's code
   */
  open(file: string): number;
  /**
   * Why others may read or change the content, in a few words; undefined when they cannot.
   *
   * @param fd an open descriptor of the same file
   */
  accessProblem(file: string, fd: number): string | undefined;
}

/** Uses the mode and owner of the open descriptor. */
export const byMode: OwnerOnlyFiles = {
  create: (file) => openSync(file, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600),
  // Without O_NONBLOCK the open of a named pipe would wait for a writer, perhaps for ever.
  open: (file) => openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK),
  accessProblem(_file, fd) {
    const stat = fstatSync(fd);
    if (!stat.isFile()) return 'is not a regular file';
    if (stat.uid !== process.getuid?.()) return 'belongs to another user';
    if ((stat.mode & 0o077) === 0) return undefined;
    const mode = (stat.mode & 0o777).toString(8);
    return `others may read or change it (mode ${mode}); run chmod 600, or remove it to get a new token`;
  },
};

/** The implementation for this system. */
export const ownerOnlyFiles = async (): Promise<OwnerOnlyFiles> => {
  if (process.platform !== 'win32') return byMode;
  // Loaded here, because it works only on Windows.
  return byAccessList(await import('../providers/ws2_32/owner-only-file.js'));
};

/** The functions for access lists on Windows. */
interface AccessLists {
  createOwnerOnly(file: string): boolean;
  accessProblem(file: string): string | undefined;
}

/** Uses the access list on Windows, where a mode means nothing. */
export const byAccessList = ({ createOwnerOnly, accessProblem }: AccessLists): OwnerOnlyFiles => ({
  create(file) {
    if (createOwnerOnly(file)) return openSync(file, 'r+');
    throw Object.assign(new Error(`${file} exists already`), { code: 'EEXIST' });
  },
  open: (file) => openSync(file, 'r'),
  accessProblem(file) {
    const advice = 'remove it to get a new token, or set WINSOCKD_TOKEN instead of the file';
    try {
      const wide = accessProblem(file);
      return wide && `${wide}; ${advice}`;
    } catch (error) {
      return `its access list cannot be read (${error instanceof Error ? error.message : error}); ${advice}`;
    }
  },
});
