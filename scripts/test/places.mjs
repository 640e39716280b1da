/**
 * Selects the test files of a platform: `linux` or `windows` (the Node of this machine), or `wine` (a
 * Windows Node under Wine on Linux).
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const onWindows = (file) => !/^test\/providers\/posix\//.test(file) && !file.endsWith('.linux.test.js');

const RULES = {
  linux: (file) => !/^test\/providers\/ws2_32\//.test(file),
  windows: onWindows,
  // Without those that only read the project's files and documents: they are the same on Linux.
  wine: (file) => onWindows(file) && !/^test\/(project|docs)\//.test(file),
};

/** The providers whose contract suite must have run. */
export const PROVIDERS = { linux: ['lab', 'posix'], windows: ['lab', 'ws2_32'], wine: ['lab', 'ws2_32'] };

/**
 * @param {string} dist the folder of the built code
 * @returns {string[]} its test files, as `test/http/rest/rest.test.js`
 */
export function testFiles(dist) {
  if (!existsSync(join(dist, 'test'))) return [];
  return readdirSync(join(dist, 'test'), { recursive: true })
    .filter((name) => name.endsWith('.test.js'))
    .map((name) => `test/${name.replaceAll('\\', '/')}`)
    .sort();
}

/**
 * @param {string[]} files from testFiles
 * @param {'linux' | 'windows' | 'wine'} platform
 * @param {string[]} wanted parts of the paths of sources or built files. Empty: all files
 */
export function filesFor(files, platform, wanted = []) {
  const parts = wanted.map((part) =>
    part
      .replaceAll('\\', '/')
      .replace(/^(\.\/)?(dist\/)?/, '')
      .replace(/\.ts$/, '.js'),
  );
  return files
    .filter(RULES[platform])
    .filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)));
}
