import { resolve } from 'node:path';

/**
 * The arguments of the daemon for a run from another folder: the file of --config as this folder has it.
 *
 * @param {string[]} args
 * @returns {string[]}
 */
export const fromAnywhere = (args) =>
  args.map((arg, at) => {
    if (args[at - 1] === '--config') return resolve(arg);
    const [, file] = /^--config=(.+)/.exec(arg) ?? [];
    return file === undefined ? arg : `--config=${resolve(file)}`;
  });
