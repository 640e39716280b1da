import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Whether a module is the started program rather than an imported module. The path of the program may
 * contain a link, a junction or a drive of subst; the URL of a module does not.
 *
 * @param {string} url its import.meta.url
 * @param {string} [started] the path of the program given to node
 */
export function isProgram(url, started = process.argv[1]) {
  if (!started) return false;
  return real(started) === real(fileURLToPath(url));
}

function real(path) {
  try {
    return realpathSync.native(path);
  } catch {
    return path; // node also accepts `scripts/x` for scripts/x.js, which no script here uses
  }
}
