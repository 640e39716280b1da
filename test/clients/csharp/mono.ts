import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from '../../project/checkout.js';
import { missing } from '../../remote/requirements.js';
import type { HasAfter } from '../../scenarios/test-daemon.js';
import { type Env, run } from '../user.js';

/** The folder of the client. */
export const CLIENT = join(CHECKOUT, 'clients', 'csharp');

/** Why its tests cannot run; undefined if they can. */
export const againstMono = (): string | undefined => missing('mcs', 'mono', 'openssl', 'python3');

/** The class libraries of Mono that the client needs beside the first ones. */
const LIBRARIES = ['System.Net.Http.dll', 'System.Runtime.Serialization.dll', 'System.Xml.dll'];

const COMPILER = ['mcs', '-langversion:7.2', '-warn:4', '-warnaserror'] as const;

/** The C# files of a folder of the client and of the folders in it. */
const sourcesIn = (folder: string): readonly string[] =>
  readdirSync(join(CLIENT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.cs'))
    .map((name) => join(CLIENT, folder, name))
    .sort();

/** Compiles the client into a folder. A public name without a comment is a warning, and so an error. */
export const compileClient = async (t: HasAfter, folder: string, env: Env): Promise<void> => {
  const out = [`-out:${join(folder, 'winsockd.dll')}`, `-doc:${join(folder, 'winsockd.xml')}`];
  const references = LIBRARIES.map((name) => `-r:${name}`);
  await run(t, [...COMPILER, '-target:library', ...out, ...references, ...sourcesIn('src')], { env });
};

/** Compiles a program that uses the client, in the client's folder. Returns the command that runs it. */
export const compileProgram = async (
  t: HasAfter,
  folder: string,
  env: Env,
  name: string,
  sources: readonly string[] = sourcesIn(name),
  options: readonly string[] = [],
): Promise<readonly string[]> => {
  const program = join(folder, `${name}.exe`);
  const reference = `-r:${join(folder, 'winsockd.dll')}`;
  await run(t, [...COMPILER, `-out:${program}`, reference, ...options, ...sources], { env });
  return ['mono', program];
};
