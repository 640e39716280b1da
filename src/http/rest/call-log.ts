import type { Reply } from '../../operations/dispatch/reply.js';
import type { DescribedOperation } from '../../operations/operation.js';
import type { ThriftyLog } from '../gates/thrifty-log.js';
import { type Problem, problemOf } from '../problems/problem.js';

/** A call: its operation, its owner and when it began. */
export interface LoggedCall {
  readonly operation: DescribedOperation;
  readonly requestId: string;
  readonly owner: string;
  /** By performance.now(). */
  readonly started: number;
}

/** The known ids, from the outcome of the call or from the request. */
export interface Ids {
  readonly sessionId?: string;
  readonly socketId?: string;
}

/** Logs a call that failed or was refused. Returns its problem. */
export const failedCall = (
  lines: ThriftyLog,
  call: LoggedCall,
  ids: Ids,
  answer: Exclude<Reply['answer'], { ok: true }>,
): Problem => {
  const problem = problemOf(answer, { requestId: call.requestId, operation: call.operation, ...ids });
  logFailure(lines, call, ids, problem);
  return problem;
};

/** Logs a failed call, without payload, at info; repeated lines are limited. */
const logFailure = (lines: ThriftyLog, call: LoggedCall, ids: Ids, problem: Problem): void => {
  const { status, document } = problem;
  const { type, code, name } = document;
  // A WSA code has a number and a name, a refusal of the daemon only its type.
  const why = code === undefined ? { refusal: type.slice(type.lastIndexOf('/') + 1) } : { code, name };
  const line = { ...lineOf(call, ids), status, ...why };
  // Non-blocking callers poll: WSAEWOULDBLOCK is not a failure to look into.
  if (name === 'WSAEWOULDBLOCK') lines.log.debug(line, 'call failed');
  else lines.write('info', call.owner, line, 'call failed');
};

/** Logs a successful call: at info where it began a session (repeated lines are limited), else at debug. */
export const logSuccess = (
  lines: ThriftyLog,
  call: LoggedCall,
  params: unknown,
  { context, created }: Pick<Reply, 'context' | 'created'>,
): void => {
  if (created?.kind === 'session') {
    const ids = { ...idsIn(params), ...context, sessionId: created.id };
    lines.write('info', call.owner, lineOf(call, ids), 'session began');
  } else if (isDebugged(lines)) lines.log.debug(lineOf(call, { ...idsIn(params), ...context }), 'call');
};

/**
 * Anything else is not an id and must not reach the log. The length is the router's limit for a part of a
 * path.
 */
const ID = /^[\x21-\x7e]{1,200}$/;

/** The ids that a request names, whether they exist or not. */
export const idsIn = (params: unknown): Ids => {
  const { sessionId, socketId } = Object(params) as Record<string, unknown>;
  return {
    ...(isId(sessionId) && { sessionId }),
    ...(isId(socketId) && { socketId }),
  };
};

const isId = (value: unknown): value is string => typeof value === 'string' && ID.test(value);

/** Whether successful calls are logged; if not, their lines are not made. */
const isDebugged = ({ log: { level } }: ThriftyLog): boolean => level === 'debug' || level === 'trace';

const lineOf = ({ operation, requestId, owner, started }: LoggedCall, { sessionId, socketId }: Ids) => ({
  requestId,
  operation: operation.name,
  owner,
  sessionId,
  socketId,
  ms: Math.round((performance.now() - started) * 100) / 100,
});
