#!/usr/bin/env node
/**
 * Runs the image of Dockerfile.windows with a given token and without one, makes a call, stops the container
 * with `docker stop`, and fails unless the daemon has exited with 0.
 *
 *   node scripts/ci/container-stops.mjs IMAGE
 */
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

const LIMIT_MS = 60_000;
const TOKEN = 'token-of-the-container-0123';
const image = process.argv[2] ?? 'winsockd';

/** Runs in the container: makes a call with the token of the environment or of the file. */
const ASK = `
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const folder = process.env.LOCALAPPDATA || join(process.env.USERPROFILE, 'AppData', 'Local');
const file = join(folder, 'winsockd', 'token');
const token = process.env.WINSOCKD_TOKEN || readFileSync(file, 'utf8').trim();
fetch('http://127.0.0.1:10093/v1/startup', { method: 'POST', headers: { authorization: 'Bearer ' + token } })
  .then(({ status }) => { console.log('startup answers', status); process.exit(status < 300 ? 0 : 1); });
`;

for (const settings of [[], ['--env', `WINSOCKD_TOKEN=${TOKEN}`]]) {
  process.stdout.write(`\n== docker run ${settings.join(' ')}\n`);
  const id = docker('run', '--detach', ...settings, image);
  try {
    await untilItListens(id);
    process.stdout.write(docker('exec', id, 'node.exe', '-e', ASK.replaceAll('\n', ' ')));
    docker('stop', id);
    const code = docker('inspect', '--format', '{{.State.ExitCode}}', id);
    process.stdout.write(`${docker('logs', id)}\nended with ${code}\n`);
    if (code !== '0') process.exitCode = 1;
  } finally {
    docker('rm', '--force', id);
  }
}

async function untilItListens(id) {
  for (const deadline = Date.now() + LIMIT_MS; Date.now() < deadline; await sleep(500)) {
    if (docker('logs', id).includes('listening on')) return;
    if (docker('inspect', '--format', '{{.State.Running}}', id) !== 'true') break;
  }
  throw new Error(`the daemon does not listen:\n${docker('logs', id)}`);
}

/** @returns {string} the standard output of the command; its errors go to our standard error */
function docker(...args) {
  return execFileSync('docker', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();
}
