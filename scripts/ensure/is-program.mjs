import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Whether a module is the program that runs, rather than one that it imports. The name by which it was started may
 * lead through a link, a junction or a drive of subst; the URL of a module does not.
 *
 * @param {string} url its import.meta.url
 * @param {string} [started] the path that was given to node
 */
export function isProgram(url, started = process.argv[1]) {
  if (!started) return false;
  return real(started) === real(fileURLToPath(url));
}

function real(path) {
  try {
    return realpathSync.native(path);
  } catch {
    return path; // node finds `scripts/x` for scripts/x.js; no script of ours is named so
  }
}
