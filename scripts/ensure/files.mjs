import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** When a file was last changed, milliseconds; 0 if there is none. @param {string} path */
export const timeOf = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** When the newest of some files was changed. @param {string[]} paths */
export const newest = (paths) => paths.reduce((time, path) => Math.max(time, timeOf(path)), 0);

/** @returns {string[]} the paths of all files below the folder, including its own path */
export function filesIn(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}
