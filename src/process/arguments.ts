import { parseArgs } from 'node:util';

/** An invalid command line; the message is one line. */
export class UsageError extends Error {
  override name = 'UsageError';
}

export const USAGE = `Usage: winsockd [--config FILE]
       winsockd --make-token-file FILE

Owns Winsock sockets and makes Winsock calls for its HTTP clients.

  --config FILE           JSON file merged over the defaults (config/default.json)
  --make-token-file FILE  make an owner-only file with a new token, for "tokenFile" in the configuration
  --version               print the version
  --help                  print this

Every key of the configuration can be set by the environment: WINSOCKD_PORT, WINSOCKD_LOG_LEVEL,
WINSOCKD_POLICY_CONNECT_ALLOW ... (lists separated by ;). WINSOCKD_TOKEN sets the token.

It stops on SIGINT, SIGTERM and POST /v1/drain. On Windows it also stops on Ctrl-Break, when the console is
closed and, as a service or in a container, when the system shuts down. Waits end, sockets close, then it
exits with 0. A second signal ends it at once with 1. Exit codes: 1 cannot start, 2 usage.
`;

/**
 * Parses the command line.
 *
 * @throws UsageError
 */
export const parseArguments = (args: readonly string[]) => {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        config: { type: 'string' },
        'make-token-file': { type: 'string' },
        help: { type: 'boolean', default: false },
        version: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error));
  }
};
