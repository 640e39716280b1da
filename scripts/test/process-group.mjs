import { readdirSync, readFileSync } from 'node:fs';

/**
 * Ends what is left of a process group.
 *
 * @param {number} group the id of its leader
 * @returns {boolean} whether anything of it was still running
 */
export function endGroup(group) {
  if (process.platform === 'win32') return false; // has no such groups
  const isLeft = membersOf(group).length > 0;
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // nobody is left
  }
  return isLeft;
}

/** Members that run: the dead ones that nobody has waited for do not count. */
function membersOf(group) {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const [state, , pgrp] = statOf(pid).split(') ').at(-1).split(' ');
      return Number(pgrp) === group && state !== 'Z';
    });
}

function statOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return ''; // ended meanwhile
  }
}
