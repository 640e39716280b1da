import type { Reply } from '../../operations/dispatch/reply.js';
import type { AnyOperation } from '../../operations/operation.js';
import type { ThriftyLog } from '../gates/thrifty-log.js';
import type { Problem } from '../problems/problem.js';

/** Who called what, and when it began. */
export interface LoggedCall {
  readonly operation: AnyOperation;
  readonly requestId: string;
  readonly owner: string;
  /** By performance.now(). */
  readonly started: number;
}

/** The ids that are known, from the call's outcome or from the request. */
export interface Ids {
  readonly sessionId?: string;
  readonly socketId?: string;
}

/** One line of a call that failed, never a payload: at info, thriftily. */
export const logFailure = (lines: ThriftyLog, call: LoggedCall, ids: Ids, problem: Problem): void => {
  const { status, document } = problem;
  const { type, code, name } = document;
  // A code has a number and a name; a refusal of the daemon has its type alone.
  const why = code === undefined ? { refusal: type.slice(type.lastIndexOf('/') + 1) } : { code, name };
  const line = { ...lineOf(call, ids), status, ...why };
  // A non-blocking caller asks again and again: that nothing is there yet is no failure to look into.
  if (name === 'WSAEWOULDBLOCK') lines.log.debug(line, 'call failed');
  else lines.write('info', call.owner, line, 'call failed');
};

/** One line of a call that succeeded: at info, thriftily, where it began a session, at debug otherwise. */
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

/** What is longer, or has anything else, is no id: it would stand in the log. The router knows the limit of the path. */
const ID = /^[\x21-\x7e]{1,200}$/;

/** The ids that a request names, also those that turn out to name nothing. */
export const idsIn = (params: unknown): Ids => {
  const { sessionId, socketId } = Object(params) as Record<string, unknown>;
  return {
    ...(isId(sessionId) && { sessionId }),
    ...(isId(socketId) && { socketId }),
  };
};

const isId = (value: unknown): value is string => typeof value === 'string' && ID.test(value);

/** Whether calls that succeed are logged: such a line is not made in vain. */
const isDebugged = ({ log: { level } }: ThriftyLog): boolean => level === 'debug' || level === 'trace';

const lineOf = ({ operation, requestId, owner, started }: LoggedCall, { sessionId, socketId }: Ids) => ({
  requestId,
  operation: operation.name,
  owner,
  sessionId,
  socketId,
  ms: Math.round((performance.now() - started) * 100) / 100,
});
