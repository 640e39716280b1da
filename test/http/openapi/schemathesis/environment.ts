import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from '../../../project/checkout.js';
import { missing } from '../../../remote/requirements.js';

/** The source folder of this test: tsc does not copy its Python files. */
export const SOURCES = join(CHECKOUT, 'test', 'http', 'openapi', 'schemathesis');

const REQUIREMENTS = join(SOURCES, 'requirements.txt');

const LIMIT_MS = 120_000;

/**
 * A Python environment with the packages of requirements.txt. It is made once below `.cache`, and again when
 * that file changes.
 *
 * @returns the folder of its programs, or why it cannot be made
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

/** Runs a program to its end; if it fails, returns its last line of output. */
const complaint = (command: string, args: readonly string[]): string | undefined => {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: LIMIT_MS });
  if (status === 0) return undefined;
  const last = `${stdout}${stderr}`.trim().split('\n').at(-1) ?? '';
  return `schemathesis cannot be installed: ${last || `${command} did not end in time`}`;
};
