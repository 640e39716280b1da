import { parseArgs } from 'node:util';

/** An invalid command line; the message is one line. */
export class UsageError extends Error {
  override name = 'UsageError';
}

export const USAGE = `Usage: winsockd [--config FILE]
       winsockd url [--config FILE] [--owner NAME]
       winsockd --make-token-file FILE

Owns Winsock sockets and makes Winsock calls for its HTTP clients.

  url                     print the URL of the lab in the browser, with the token in it; start nothing
  --owner NAME            with url: whose token, if the configuration has several (the first one's)
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
 * Parses the command line. Without a command the daemon is started.
 *
 * @throws UsageError
 */
export const parseArguments = (args: readonly string[]) => {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        config: { type: 'string' },
        owner: { type: 'string' },
        'make-token-file': { type: 'string' },
        help: { type: 'boolean', default: false },
        version: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    });
    return { ...values, command: commandOf(positionals, values) };
  } catch (error) {
    // Node adds advice for command lines that take any text.
    throw new UsageError(
      error instanceof Error ? (error.message.split(/\. |\n/, 1)[0] ?? '') : String(error),
    );
  }
};

const commandOf = (
  [command, further]: readonly string[],
  options: { readonly owner?: string | undefined; readonly 'make-token-file'?: string | undefined },
): 'url' | undefined => {
  if (command !== undefined && command !== 'url') throw new UsageError(`there is no command ${command}`);
  if (further !== undefined) throw new UsageError(`url takes no ${further}`);
  if (command === undefined && options.owner !== undefined) throw new UsageError('--owner is for url only');
  if (command === 'url' && options['make-token-file'] !== undefined) {
    throw new UsageError('url makes no token file');
  }
  return command;
};
