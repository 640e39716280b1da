import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv, type ErrorObject } from 'ajv';
import { isLoopback } from '../http/gates/host-gate.js';
import type { ProviderName } from '../winsock/protocol-info.js';
import { type Config, ConfigError, ConfigSchema, MEANINGS } from './schema.js';
import { fromEnvironment, isObject, merge } from './sources.js';
import { isToken, TOKEN_MEANING } from './token-text.js';

export { type Config, ConfigError } from './schema.js';

/** The sources of the configuration: those of the process, or others in tests. */
export interface ConfigSources {
  /** A file merged over the defaults. */
  readonly file?: string | undefined;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly platform?: NodeJS.Platform;
}

/** The configuration, and the token that only the environment can set. */
export interface Loaded {
  readonly config: Config;
  /** WINSOCKD_TOKEN: the token of the owner `default`. */
  readonly token?: string;
}

const DEFAULTS = fileURLToPath(new URL('../../../config/default.json', import.meta.url));

/**
 * Reads the configuration: config/default.json, overridden by the file, overridden by the environment.
 * Nothing else reads process.env.
 *
 * @throws ConfigError for an unknown key, a bad value, or a file that cannot be read
 */
export const loadConfig = (sources: ConfigSources = {}): Loaded => {
  const { file, platform = process.platform } = sources;
  const env = asNamed(sources.env ?? process.env, platform);
  const { WINSOCKD_TOKEN: token, ...others } = env;
  const values = fromEnvironment(others);
  const merged = [
    // A one-file build has no such folder; the schema has the same defaults.
    existsSync(DEFAULTS) ? readJson(DEFAULTS) : {},
    file === undefined ? {} : readJson(file),
    values,
  ].reduce(merge, {});
  const config = validated({
    provider: defaultProvider(platform),
    tokenFile: defaultTokenFile(env, platform),
    ...merged,
  });
  refuseOpenListener(config);
  refuseUnsentOrigins(config);
  return token === undefined ? { config } : { config, token: requireToken(token) };
};

/** The variables by their names here; on Windows a name means the same in small letters. */
const asNamed = (env: NonNullable<ConfigSources['env']>, platform: NodeJS.Platform): typeof env =>
  platform === 'win32'
    ? Object.fromEntries(Object.entries(env).map(([name, value]) => [name.toUpperCase(), value]))
    : env;

/** Whether the listener is outside loopback and without TLS, which needs a repeated warning. */
export const isInsecureRemote = (config: Config): boolean =>
  config.insecureRemote && !isLoopback(config.host) && config.tls === undefined;

const refuseOpenListener = (config: Config): void => {
  if (isLoopback(config.host) || config.tls !== undefined || config.insecureRemote) return;
  throw new ConfigError(
    `host: ${config.host} is not loopback; configure tls, or set insecureRemote to accept ` +
      'that tokens and data travel in the clear',
  );
};

/**
 * Refuses origins that no browser sends, because they would never match: with capital letters, with the port that
 * the scheme has by itself.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6454#section-6.2 for how a browser writes an origin
 */
const refuseUnsentOrigins = ({ allowedOrigins }: Config): void => {
  for (const [index, origin] of allowedOrigins.entries()) {
    const sent = URL.canParse(origin) ? new URL(origin).origin : undefined;
    if (sent === origin) continue;
    const why = sent === undefined ? 'is no origin' : `a browser sends ${sent} for ${origin}`;
    throw new ConfigError(`allowedOrigins.${index}: ${why}`);
  }
};

const requireToken = (token: string): string => {
  if (isToken(token)) return token;
  throw new ConfigError(`WINSOCKD_TOKEN: must be ${TOKEN_MEANING}`);
};

const readJson = (file: string): Record<string, unknown> => {
  let value: unknown;
  try {
    value = JSON.parse(textOf(readFileSync(file)));
  } catch (error) {
    throw new ConfigError(
      `${file}: ${error instanceof Error ? error.message.split('\n', 1)[0] : String(error)}`,
    );
  }
  if (isObject(value)) return value;
  throw new ConfigError(`${file}: must hold a JSON object`);
};

/** Editors and PowerShell on Windows begin a file of UTF-8 with a mark, which is no part of the text. */
const textOf = (bytes: Buffer): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Error('is not UTF-8');
  }
};

const validate = new Ajv({ useDefaults: true, allErrors: false, strict: true }).compile<Config>(ConfigSchema);

const validated = (values: unknown): Config => {
  const config = structuredClone(values);
  if (validate(config)) return config;
  const [error] = validate.errors ?? [];
  throw new ConfigError(error === undefined ? 'the configuration is invalid' : sentence(error));
};

const sentence = ({ instancePath, keyword, params, message }: ErrorObject): string => {
  const path = instancePath.slice(1).replaceAll('/', '.');
  const key = (name: unknown): string => (path === '' ? String(name) : `${path}.${String(name)}`);
  if (keyword === 'additionalProperties') return `${key(params.additionalProperty)}: there is no such key`;
  if (keyword === 'required') return `${key(params.missingProperty)}: is missing`;
  if (keyword === 'enum') return `${path}: must be one of ${(params.allowedValues as string[]).join(', ')}`;
  if (keyword === 'pattern') return `${path}: must be ${MEANINGS[String(params.pattern)]}`;
  return `${path}: ${message ?? 'is invalid'}`;
};

const defaultProvider = (platform: NodeJS.Platform): ProviderName => {
  if (platform === 'win32') return 'ws2_32';
  return platform === 'linux' ? 'posix' : 'lab';
};

const defaultTokenFile = (env: NonNullable<ConfigSources['env']>, platform: NodeJS.Platform): string => {
  if (platform === 'win32') {
    return join(env.LOCALAPPDATA || join(homedir(), 'AppData', 'Local'), 'winsockd', 'token');
  }
  // Source: https://specifications.freedesktop.org/basedir-spec/latest/
  return join(env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'winsockd', 'token');
};
