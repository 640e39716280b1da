import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { AppConfig } from '../app.js';
import type { NamedToken } from '../http/gates/token-gate.js';
import { type Config, ConfigError } from './load.js';

/**
 * The configuration for `createApp`, with the files that it names already read.
 *
 * @throws ConfigError for a file that cannot be read
 */
export const appConfigOf = (config: Config, tokens: readonly NamedToken[], version: string): AppConfig => {
  const { tls } = config;
  return {
    ...config,
    tokens,
    version,
    ownFiles: [
      config.tokenFile,
      ...config.tokens.map(({ tokenFile }) => tokenFile),
      tls?.certFile,
      tls?.keyFile,
    ].flatMap((file) => (file === undefined ? [] : [resolve(file)])),
    tls: tls && {
      cert: readFile('tls.certFile', tls.certFile),
      key: readFile('tls.keyFile', tls.keyFile),
      minVersion: tls.minVersion,
    },
  };
};

const readFile = (key: string, file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new ConfigError(`${key}: ${file} cannot be read (${code})`);
  }
};
