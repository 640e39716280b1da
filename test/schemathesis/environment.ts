import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from '../project/checkout.js';
import { missing } from '../remote/requirements.js';

/** The files beside this one, where they are written: tsc copies none of them. */
export const SOURCES = join(CHECKOUT, 'test', 'schemathesis');

const REQUIREMENTS = join(SOURCES, 'requirements.txt');

const LIMIT_MS = 120_000;

/**
 * A Python environment with what requirements.txt says, made once below `.cache` and again when that changes.
 *
 * @returns its programs' folder, or why it cannot be made
 */
export const environment = (): { readonly bin: string } | { readonly against: string } => {
  const absent = missing('python3');
  if (absent !== undefined) return { against: absent };
  const key = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 16);
  const folder = join(CHECKOUT, '.cache', `schemathesis-${key}`);
  const bin = join(folder, 'bin');
  const stamp = join(folder, 'whole');
  if (existsSync(stamp)) return { bin };
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(CHECKOUT, '.cache'), { recursive: true });
  const install = ['install', '--quiet', '--disable-pip-version-check', '--no-input', '-r', REQUIREMENTS];
  const against =
    complaint('python3', ['-m', 'venv', folder]) ?? complaint(join(bin, 'python'), ['-m', 'pip', ...install]);
  if (against !== undefined) return { against };
  writeFileSync(stamp, '');
  return { bin };
};

/** Runs a program to its end; the last line that it wrote, where it failed. */
const complaint = (command: string, args: readonly string[]): string | undefined => {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: LIMIT_MS });
  if (status === 0) return undefined;
  const last = `${stdout}${stderr}`.trim().split('\n').at(-1) ?? '';
  return `schemathesis cannot be installed: ${last || `${command} did not end in time`}`;
};
