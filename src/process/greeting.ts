import { withToken } from './console-url.js';
import type { Tokens } from './token-file.js';

/**
 * The line of the log that says how to use the daemon. It has no token, since others may read a log.
 *
 * @param page the URL of the page at `/`
 * @returns undefined if the greeting says everything
 */
export const waysInOf = (
  { file, created }: Tokens,
  page: string,
  isTerminal: boolean,
): string | undefined => {
  if (!isTerminal) return `open ${page} in a browser${file === undefined ? '' : `; the token is in ${file}`}`;
  return file === undefined || created ? undefined : `the token is in ${file}`;
};

/**
 * What a person at a terminal is shown: a new token once, and the page with a token in its URL.
 *
 * @param page the URL of the page at `/`
 * @param url the URL of the API
 */
export const greetingOf = ({ file, created, tokens }: Tokens, page: string, url: string): string => {
  const [first] = tokens;
  if (first === undefined) return '';
  const command = `curl --noproxy "*" -X POST ${url}/v1/startup -H "Authorization: Bearer ${first.token}"`;
  const newToken =
    created && file !== undefined
      ? `The token of this daemon, kept in ${file}:\n\n  ${first.token}\n\nTry it:\n\n  ${command}\n\n`
      : '';
  const owner = tokens.length > 1 ? `, as ${first.name} (for others: winsockd url --owner NAME)` : '';
  return `${newToken}Open the lab in a browser${owner}:\n\n  ${withToken(page, first)}\n\n`;
};
