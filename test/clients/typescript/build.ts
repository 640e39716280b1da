/** The built package, as a user has it, and its own tests: made once below `.cache` for all test files. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CHECKOUT } from '../../project/checkout.js';
import { Program } from '../../remote/program.js';
import { conversationIn } from '../conversation.js';

/** The folder of the package. */
export const CLIENT = join(CHECKOUT, 'clients', 'typescript');

/** The folder of the built package: `dist/` in it is what a user gets, `.cache/` its tests and examples. */
export const BUILT = join(CHECKOUT, '.cache', 'typescript-client');

/** What is built: all but what `npm install` and `npm run build` make in the folder. */
const isSource = (path: string): boolean => !/^(?:node_modules|dist|\.cache)(?:\/|$)/.test(path);

/** The projects of tsc, in order: the package for Node and for browsers, then what uses it. */
const PROJECTS = ['tsconfig.json', 'tsconfig.browser.json', join('test', 'tsconfig.json')];

const LIMIT_MS = 120_000;

/**
 * Builds the package, if one of its files has changed. While one process builds, others wait: the system gives up the
 * lock of a process that ends, however it ends.
 */
export const build = async (): Promise<void> => {
  if (stampOf(BUILT) === keyOfSources()) return;
  mkdirSync(join(CHECKOUT, '.cache'), { recursive: true });
  const own = fileURLToPath(new URL('./build-here.js', import.meta.url));
  await ran(['flock', '--timeout', '120', `${BUILT}.lock`, process.execPath, own]);
};

/** Builds the package in this process, which has the lock. */
export const buildHere = (compile: (projects: readonly string[]) => void): void => {
  const key = keyOfSources();
  if (stampOf(BUILT) === key) return;
  rmSync(BUILT, { recursive: true, force: true });
  cpSync(CLIENT, BUILT, { recursive: true, filter: (path) => isSource(path.slice(CLIENT.length + 1)) });
  mkdirSync(join(BUILT, 'examples'));
  for (const { name, text } of examples()) writeFileSync(join(BUILT, 'examples', fileOf(name)), text);
  compile(PROJECTS.map((project) => join(BUILT, project)));
  writeFileSync(stampFile(BUILT), key);
};

/** An example, which is a whole program. */
interface Example {
  readonly name: string;
  readonly text: string;
}

/** The program of docs/clients.md. */
export const CONVERSATION = 'typescript conversation';

/** The examples of README.md that run, and that program. */
const examples = (): readonly Example[] => [
  ...[...readFileSync(join(CLIENT, 'README.md'), 'utf8').matchAll(EXAMPLE)].map(
    ([, name = '', text = '']) => ({ name, text }),
  ),
  { name: CONVERSATION, text: conversationIn('typescript') },
];

const EXAMPLE = /^<!-- run: ([^\n]+) -->\n```ts\n(.*?)^```$/gms;

/** The file of an example, whose name is that of its comment. */
export const fileOf = (name: string): string => `${name.replaceAll(' ', '-')}.ts`;

const stampFile = (folder: string): string => join(folder, 'built-from');
const stampOf = (folder: string): string | undefined =>
  existsSync(stampFile(folder)) ? readFileSync(stampFile(folder), 'utf8') : undefined;

const keyOfSources = (): string => {
  const key = createHash('sha256').update(
    readFileSync(join(CHECKOUT, 'node_modules', 'typescript', 'package.json')),
  );
  for (const path of readdirSync(CLIENT, { recursive: true, encoding: 'utf8' }).filter(isSource).sort()) {
    key.update(path);
    if (/\.\w+$/.test(path)) key.update(readFileSync(join(CLIENT, path)));
  }
  return key.update(conversationIn('typescript')).digest('hex');
};

const ran = async (argv: readonly string[]): Promise<void> => {
  const program = new Program(argv);
  try {
    assert.equal(await program.exit(LIMIT_MS), 0, program.stdout + program.stderr);
  } finally {
    await program.stop();
  }
};
