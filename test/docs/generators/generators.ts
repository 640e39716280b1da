/** The generators of docs/generating-a-client.md, and what the commands of that page need beside them. */
import { symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { environment as pythonClientEnvironment } from '../../clients/python/client.js';
import { CHECKOUT } from '../../project/checkout.js';
import { type PythonEnvironment, pythonEnvironment } from '../../python-environment.js';
import { missing } from '../../remote/requirements.js';

/** The source folder of these files: tsc copies only TypeScript. */
export const SOURCES = join(CHECKOUT, 'test', 'docs', 'generators');

/** Python packages, openapi-generator among them. */
export const REQUIREMENTS = join(SOURCES, 'requirements.txt');

/**
 * A generator with a target.
 *
 * tools: programs that its commands start
 * environment: the Python environment that has it
 * usesPackages: whether its commands use the packages of this checkout
 * isQuick: whether every run of the tests takes the time for it
 */
export interface Generator {
  readonly tools?: readonly string[];
  readonly environment?: () => Promise<PythonEnvironment>;
  readonly usesPackages?: true;
  readonly isQuick?: true;
}

const openApiGenerator = (): Promise<PythonEnvironment> =>
  pythonEnvironment('openapi-generator', REQUIREMENTS);

/** By the names in the comments of the page. */
export const GENERATORS: Readonly<Record<string, Generator>> = {
  'openapi-python-client': { environment: pythonClientEnvironment, isQuick: true },
  'openapi-typescript': { usesPackages: true, isQuick: true },
  'typescript-fetch': { environment: openApiGenerator, tools: ['java'], usesPackages: true },
  go: { environment: openApiGenerator, tools: ['java', 'go'] },
  'oapi-codegen': { tools: ['go'] },
  java: { environment: openApiGenerator, tools: ['java', 'mvn'] },
  csharp: { environment: openApiGenerator, tools: ['java', 'mcs', 'mono'] },
};

/** Where Go and Maven keep what they fetch. */
const FETCHED = join(CHECKOUT, '.cache', 'generators');
const CACHES = {
  GOPATH: join(FETCHED, 'go'),
  GOCACHE: join(FETCHED, 'go-build'),
  GOFLAGS: '-modcacherw',
  MAVEN_OPTS: `-Dmaven.repo.local=${join(FETCHED, 'maven')}`,
};

/** The variables with which the commands find what they need, or why they cannot run. */
export type Prepared = { readonly env: Readonly<Record<string, string>> } | { readonly against: string };

/**
 * Fetches the generator unless it is there.
 *
 * @param folder where the commands will run
 */
export const prepare = async (
  { tools = [], environment, usesPackages }: Generator,
  folder: string,
): Promise<Prepared> => {
  const against = missing('bash', 'python3', ...tools);
  if (against !== undefined) return { against };
  const made = await environment?.();
  if (made !== undefined && 'against' in made) return made;
  if (usesPackages) symlinkSync(join(CHECKOUT, 'node_modules'), join(folder, 'node_modules'));
  const path = [...(made ? [made.bin] : []), process.env.PATH];
  return { env: { ...CACHES, PATH: path.join(delimiter) } };
};
