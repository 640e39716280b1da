import { readdirSync, readFileSync } from 'node:fs';

/**
 * Kills the remaining processes of a group.
 *
 * @param {number} group the id of its leader
 * @returns {boolean} whether a process of it was still running
 */
export function endGroup(group) {
  if (process.platform === 'win32') return false; // has no such groups
  const isLeft = membersOf(group).length > 0;
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // no process is left
  }
  return isLeft;
}

/** The running members; zombies do not count. */
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
