import type { Config } from '../config/schema.js';
import { asHost, isWildcard } from '../http/gates/host-gate.js';
import type { NamedToken } from '../http/gates/token-gate.js';
import { UsageError } from './arguments.js';

/** Where the daemon listens. */
type Listener = Pick<Config, 'host' | 'port' | 'tls'>;

/**
 * The URL of the page at `/`, for a browser on this machine.
 *
 * @param listening the URL of the running daemon, with the port that it got
 */
export const consoleUrl = ({ host, port, tls }: Listener, listening?: string): string => {
  const scheme = tls === undefined ? 'http' : 'https';
  const name = isWildcard(host) ? 'localhost' : asHost(host);
  // Only a port that the system chose is taken from the URL: there, the default port of its scheme is absent.
  const chosen = port === 0 && listening !== undefined ? new URL(listening).port : port;
  return `${scheme}://${name}:${chosen}/`;
};

/** A URL with a token in its fragment, which a browser does not send. The page reads it there. */
export const withToken = (page: string, { token }: NamedToken): string =>
  `${page}#token=${encodeURIComponent(token)}`;

/**
 * The URL of the page with the token of an owner, from the configuration alone.
 *
 * @param owner the first one if absent
 * @throws Error if the configuration leaves the port to the system
 * @throws UsageError for an owner without a token; it names those that have one
 */
export const consoleUrlOf = (listener: Listener, tokens: readonly NamedToken[], owner?: string): string => {
  if (listener.port === 0) {
    throw new Error('port: with 0 only the running daemon knows its port; its start prints the URL');
  }
  const found = owner === undefined ? tokens[0] : tokens.find(({ name }) => name === owner);
  if (found !== undefined) return withToken(consoleUrl(listener), found);
  throw new UsageError(
    `no token has the owner ${owner}; owners: ${tokens.map(({ name }) => name).join(', ')}`,
  );
};
