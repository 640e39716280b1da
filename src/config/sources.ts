import type { TSchema } from 'typebox';
import { ConfigError, ConfigSchema } from './schema.js';

type Values = Record<string, unknown>;

const PREFIX = 'WINSOCKD_';

export const isObject = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The values of `base`, overridden by those of `over`; objects are merged, arrays are replaced. */
export const merge = (base: Values, over: Values): Values => {
  const merged = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    merged[key] = isObject(below) && isObject(value) ? merge(below, value) : value;
  }
  return merged;
};

/** A key of the schema and its environment variable. */
interface Variable {
  /** For example `WINSOCKD_POLICY_CONNECT_ALLOW`. */
  readonly name: string;
  /** For example `['policy', 'connect', 'allow']`. */
  readonly path: readonly string[];
  readonly schema: TSchema;
}

const isLeaf = (schema: TSchema): boolean => !('properties' in schema);

const variablesIn = (schema: TSchema, path: readonly string[]): Variable[] => {
  if (isLeaf(schema)) {
    const words = path.map((key) => key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase());
    return [{ name: `${PREFIX}${words.join('_')}`, path, schema }];
  }
  const { properties } = schema as TSchema & { properties: Record<string, TSchema> };
  return Object.entries(properties).flatMap(([key, child]) => variablesIn(child, [...path, key]));
};

/** Every variable that overrides a key, in the order of the schema. */
export const VARIABLES: readonly Variable[] = variablesIn(ConfigSchema, []);

/**
 * Variables for clients, ignored here: clients, examples and exported programs read the address of the daemon
 * from the first, clients the file of its certificate from the second.
 */
const CLIENT_VARIABLES: readonly string[] = ['WINSOCKD_URL', 'WINSOCKD_CAFILE'];

/**
 * The values of the environment, in the form of a configuration file. Lists are separated by `;`, tokens are
 * `NAME=TOKEN`. A text that does not parse as its type stays a text, which the schema refuses.
 *
 * @throws ConfigError for an unknown WINSOCKD_ variable, because a misspelt one would have no effect, and for an
 *   entry that is not `NAME=TOKEN`
 */
export const fromEnvironment = (env: Readonly<Record<string, string | undefined>>): Values => {
  let values: Values = {};
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith(PREFIX) || CLIENT_VARIABLES.includes(name) || text === undefined) continue;
    const variable = VARIABLES.find((one) => one.name === name);
    if (variable === undefined) throw new ConfigError(`${name}: there is no such variable`);
    const value = read(variable, text);
    values = merge(values, asInFile(variable.path, value));
  }
  return values;
};

/** For example `{ log: { level: value } }` for the path `['log', 'level']`. */
const asInFile = ([key = '', ...rest]: readonly string[], value: unknown): Values => ({
  [key]: rest.length === 0 ? value : asInFile(rest, value),
});

const read = ({ name, schema }: Variable, text: string): unknown => {
  const { type, items } = schema as { type?: string; items?: { type?: string } };
  if (type === 'integer') return /^-?\d{1,10}$/.test(text) ? Number(text) : text;
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  if (type !== 'array') return text;
  const parts = text === '' ? [] : text.split(';');
  if (items?.type !== 'object') return parts;
  return parts.map((part) => {
    const at = part.indexOf('=');
    if (at === -1) throw new ConfigError(`${name}: each entry must be NAME=TOKEN`);
    return { name: part.slice(0, at), token: part.slice(at + 1) };
  });
};
