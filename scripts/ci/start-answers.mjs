#!/usr/bin/env node
/**
 * Runs `npm start` as a user does, waits until /health/live answers, and ends it. Fails when it does not
 * answer in time, or ends by itself.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { npmScript } from '../ensure/tool.mjs';

/** A first start installs packages and builds. */
const LIMIT_MS = 5 * 60_000;
const LIVE = 'http://127.0.0.1:10093/health/live';

const isWindows = process.platform === 'win32';
const daemon = spawn(process.execPath, [npmScript(), 'start'], {
  stdio: ['ignore', 'inherit', 'inherit'],
  detached: !isWindows, // leads a process group, which is ended together
});
const ended = once(daemon, 'exit').then(([code, signal]) => `npm start ended with ${signal ?? code}`);

const complaint = await Promise.race([ended, live()]);
if (complaint) process.stderr.write(`${complaint}\n`);
else process.stdout.write(`${LIVE} answers\n`);
process.exitCode = complaint ? 1 : 0;
if (daemon.exitCode === null) {
  // Windows has no signals for other processes, so npm and its children are killed.
  if (isWindows) spawnSync('taskkill', ['/pid', String(daemon.pid), '/t', '/f'], { stdio: 'ignore' });
  else process.kill(-daemon.pid, 'SIGTERM');
  await ended;
}

/** @returns {Promise<string | undefined>} why it does not answer; undefined when it does */
async function live() {
  for (const deadline = Date.now() + LIMIT_MS; Date.now() < deadline; await sleep(500)) {
    if ((await status()) === 200) return undefined;
  }
  return `${LIVE} did not answer within ${LIMIT_MS / 1000} s`;
}

function status() {
  return new Promise((resolve) => {
    request(LIVE, { agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', () => resolve(undefined))
      .end();
  });
}
