/** The errors of a rig. */
import { objectIn } from './json.js';
import type { Problem } from './operations.gen.js';
import type { HttpAnswer } from './platform.js';

/** A call that the daemon answered with a problem document (RFC 9457). */
export class RigError extends Error {
  /** The whole document, as docs/problem-documents.md describes it. */
  readonly problem: Problem;

  /** How many bytes `send` had sent before it failed. They stay sent. */
  readonly bytesSent: number;

  constructor(problem: Problem, bytesSent = 0) {
    super(problem.detail);
    this.problem = problem;
    this.bytesSent = bytesSent;
  }
}

/**
 * A Winsock call that failed. `code` is the WSA number, such as 10054, `name` its name, such as `WSAECONNRESET`.
 *
 * @see https://learn.microsoft.com/windows/win32/winsock/windows-sockets-error-codes-2
 */
export class WinsockError extends RigError {
  /** The WSA number. */
  readonly code: number;

  constructor(problem: Problem, code: number, bytesSent = 0) {
    super(problem, bytesSent);
    this.code = code;
    this.name = problem.name ?? `WSA ${code}`;
  }
}

/** A call that the daemon refused, without a Winsock code. `name` says why, such as `destination-denied`. */
export class RefusedError extends RigError {
  constructor(problem: Problem, bytesSent = 0) {
    super(problem, bytesSent);
    this.name = problem.type.slice(problem.type.lastIndexOf('/') + 1);
  }
}

/** The connection to the daemon has ended, or there was none. The sessions that it held have ended, too. */
export class RigLostError extends Error {
  override readonly name = 'RigLostError';
}

/** A signal ended a `send` of which a part was sent. `cause` is the reason of the signal. */
export class PartlySentError extends Error {
  override readonly name = 'PartlySentError';

  /** How many bytes were sent. They stay sent. */
  readonly bytesSent: number;

  constructor(bytesSent: number, reason: unknown) {
    super(`the send was ended after ${bytesSent} bytes`, { cause: reason });
    this.bytesSent = bytesSent;
  }
}

/** The error for a problem document. */
export const errorOf = (problem: Problem, bytesSent = 0): RigError =>
  problem.code === undefined
    ? new RefusedError(problem, bytesSent)
    : new WinsockError(problem, problem.code, bytesSent);

/** A refusal that the client itself makes, in the form of those of the daemon. */
export const refusal = (name: string, status: number, detail: string): RefusedError =>
  new RefusedError({
    type: `/problems/${name}`,
    title: name,
    status,
    detail,
    instance: 'urn:winsockd:client',
  });

/** Whether a value read from JSON is a problem document. */
export const isProblem = (value: unknown): value is Problem =>
  typeof value === 'object' &&
  value !== null &&
  'type' in value &&
  typeof value.type === 'string' &&
  'detail' in value &&
  typeof value.detail === 'string';

/** The error for an answer of HTTP that is not what was asked for: its problem document, or that no daemon answers. */
export const errorOfAnswer = ({ status, body }: HttpAnswer): RigError | RigLostError => {
  const problem = objectIn(new TextDecoder().decode(body));
  if (isProblem(problem)) return errorOf(problem);
  return new RigLostError(`what answers is no winsockd (status ${status})`);
};

/** What a shutdown meets when the connection is over already: then there is nothing to shut down. */
const OVER = ['WSAENOTCONN', 'WSAESHUTDOWN'];

/** Waits for a shutdown. That the connection is over already is as good. */
export const unlessOver = (shutdown: Promise<void>): Promise<void> => unless(OVER, shutdown);

/** The names of what an end meets when the thing has ended by itself, or with its session. */
const GONE = ['WSAENOTSOCK', 'session-ended', 'lease-expired', 'not-found'];

/** Waits for the end of something. That it is gone already, with its daemon for example, is as good. */
export const unlessGone = async (ending: Promise<void>): Promise<void> => {
  try {
    await unless(GONE, ending);
  } catch (error) {
    if (!(error instanceof RigLostError)) throw error;
  }
};

const unless = async (names: readonly string[], ending: Promise<void>): Promise<void> => {
  try {
    await ending;
  } catch (error) {
    if (!(error instanceof RigError && names.includes(error.name))) throw error;
  }
};
