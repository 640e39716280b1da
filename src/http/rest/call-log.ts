import type { AnyOperation, Created } from '../../operations/operation.js';
import type { ThriftyLog } from '../gates/thrifty-log.js';
import type { Problem } from '../problems/problem.js';

/** Who called what, and how long it took. */
export interface LoggedCall {
  readonly operation: AnyOperation;
  readonly requestId: string;
  readonly owner: string;
  /** The ids that are known, from the call's outcome or from the request. */
  readonly ids: { readonly sessionId?: string | undefined; readonly socketId?: string | undefined };
  readonly ms: number;
}

/**
 * One line a call, never a payload: at info, thriftily, what went wrong and what begins a session, at debug the rest.
 *
 * @param problem what the call ended in; undefined for a success
 */
export const logCall = (
  lines: ThriftyLog,
  call: LoggedCall,
  problem: Problem | undefined,
  created?: Created,
): void => {
  const { operation, requestId, owner, ids } = call;
  const line = {
    requestId,
    operation: operation.name,
    owner,
    sessionId: ids.sessionId,
    socketId: ids.socketId,
    ms: Math.round(call.ms * 100) / 100,
  };
  if (problem !== undefined) {
    const { status, document } = problem;
    const { type, code, name } = document;
    // A code has a number and a name; a refusal of the daemon has its type alone.
    const why = code === undefined ? { refusal: type.slice(type.lastIndexOf('/') + 1) } : { code, name };
    // A non-blocking caller asks again and again: that nothing is there yet is no failure to look into.
    if (name === 'WSAEWOULDBLOCK') lines.log.debug({ ...line, status, ...why }, 'call failed');
    else lines.write('info', owner, { ...line, status, ...why }, 'call failed');
    return;
  }
  if (created?.kind === 'session') {
    lines.write('info', owner, { ...line, sessionId: created.id }, 'session began');
  } else lines.log.debug(line, 'call');
};
