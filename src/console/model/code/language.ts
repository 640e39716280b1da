import type { Step } from '../steps.js';
import type { Call } from '../types.js';

/**
 * A language that calls are shown in. Every call is a request of JSON-RPC to `POST /v1/rpc`: one function makes
 * all of them, a failure is part of the answer in every language, and the names and parameters are those of a
 * batch and of the journal. The code reads WINSOCKD_URL and WINSOCKD_TOKEN, or the file of the token; it never
 * contains a token.
 */
export interface Language {
  readonly id: 'curl' | 'python' | 'powershell' | 'javascript';
  readonly label: string;
  /** How the name of a file with a program ends. */
  readonly extension: string;
  /**
   * A program that makes the calls in sessions of its own and prints each result. It exits with another status
   * than 0 if a step ends otherwise than recorded, and ends the sessions in any case.
   *
   * @param origin the URL of the daemon, if WINSOCKD_URL names no other
   */
  program(steps: readonly Step[], origin: string): string;
  /** One call with its real ids. */
  call(call: Call, origin: string): string;
}

const ORIGIN = /^https?:\/\/[\w.:[\]-]+$/;

/** An origin whose text has no meaning in any language; that of a daemon as installed, if it is no origin. */
export const safeOrigin = (origin: string): string =>
  ORIGIN.test(origin) ? origin : 'http://127.0.0.1:10093';
