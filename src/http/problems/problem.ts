import type { Answer } from '../../daemon/answers/answer.js';
import { REFUSALS, type Refusal, type RefusalName } from '../../daemon/answers/refusals.js';
import type { AnyOperation } from '../../operations/operation.js';
import { canBeProblem, WSA_ERRORS, type WsaName, wsaNameOf } from '../../winsock/errors.js';
import type { Failure } from '../../winsock/outcome.js';
import { adviceFor } from './advice.js';
import { jsonPointer } from './json-pointer.js';
import { statusOfCode, statusOfRefusal } from './statuses.js';

/** A problem document (RFC 9457) with the daemon's own members, in the order in which they are written. */
export interface ProblemDocument {
  /** `/problems/<name>`, served by this daemon. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** `urn:winsockd:request:<request id>`. */
  readonly instance: string;
  readonly [member: string]: unknown;
}

/** A problem document with the status and header fields of its answer. */
export interface Problem {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly document: ProblemDocument;
}

/** What is known about the call that failed; only the request id is always known. */
export interface ProblemContext {
  readonly requestId: string;
  readonly operation?: Pick<AnyOperation, 'name' | 'winsock' | 'advice'> | undefined;
  readonly sessionId?: string | undefined;
  readonly socketId?: string | undefined;
  readonly provider?: string | undefined;
  readonly state?: string | undefined;
}

/** The problem of an answer that is a failure or a refusal. */
export const problemOf = (answer: Exclude<Answer<object>, { ok: true }>, context: ProblemContext): Problem =>
  'refusal' in answer ? refusalProblem(answer, context) : failureProblem(answer, context);

/**
 * The problem of a route that calls operations, such as an export: it names the route, not the operation.
 *
 * @param name the operation id of the route
 */
export const problemOfRoute = (
  answer: Exclude<Answer<object>, { ok: true }>,
  name: string,
  context: ProblemContext,
): Problem =>
  problemOf('call' in answer ? { ...answer, call: name } : answer, {
    ...context,
    operation: { name, winsock: [] },
  });

/** The problem of an exception, which is a bug. It omits the exception's text, which may be payload. */
export const bugProblem = (context: ProblemContext): Problem =>
  refusalProblem({ ok: false, refusal: 'internal', detail: 'The daemon has a bug; see its log.' }, context);

/** The type of a problem, which is the path of its page. */
export const typeOf = (name: WsaName | RefusalName): string => `/problems/${name}`;

/** The most errors that one document lists. */
export const MOST_ERRORS = 20;

const refusalProblem = (refusal: Refusal, context: ProblemContext): Problem => {
  const kind = refusal.refusal;
  const status = statusOfRefusal(kind);
  const document = {
    ...documentOf(kind, REFUSALS[kind], status, refusal.detail ?? errorText(refusal), context),
    ...refusal.extra,
    errors: refusal.errors
      ?.slice(0, MOST_ERRORS)
      .map(({ path, detail }) => ({ pointer: jsonPointer(path), detail })),
  };
  return { status, headers: retryAfter(status, kind, refusal.secondsToWait), document };
};

const errorText = ({ refusal, errors: [first] = [] }: Refusal): string =>
  first ? `${jsonPointer(first.path) || 'parameters'}: ${first.detail}.` : `${REFUSALS[refusal].meaning}.`;

const failureProblem = (failure: Failure, context: ProblemContext): Problem => {
  const name = wsaNameOf(failure.code);
  // Codes such as WSAEDISCON belong to successes: an operation that answers one as a failure has a bug.
  if (name === undefined || !canBeProblem(name)) {
    return unknownProblem(failure, name === undefined ? 'wsa-unknown' : 'internal', context);
  }
  const row = WSA_ERRORS[name];
  const extra = failure.extra ?? {};
  // A failure has a reason only if the id was issued, so it is gone, not unknown.
  const status = failure.bug ? 500 : statusOfCode(name, 'reason' in extra);
  const what = failure.detail ?? adviceFor(name, context.operation) ?? sentence(row.meaning);
  const detail = `${failure.call}: ${what}`;
  const document = {
    ...documentOf(name, row, status, detail, context, failure),
    ...(name === 'WSANOTINITIALISED' && { hint: 'startup' }),
    ...extra,
  };
  return { status, headers: retryAfter(status, name), document };
};

const unknownProblem = (failure: Failure, kind: RefusalName, context: ProblemContext): Problem => {
  const status = statusOfRefusal(kind);
  const detail = `${failure.call} ended with ${failure.code}, which is no failure of this call.`;
  const common = documentOf(kind, REFUSALS[kind], status, detail, context, failure);
  return { status, headers: {}, document: { ...common, ...failure.extra } };
};

/** The members that all documents have. JSON leaves out those that are undefined. */
const documentOf = (
  kind: WsaName | RefusalName,
  { meaning, retryable }: { readonly meaning: string; readonly retryable: boolean },
  status: number,
  detail: string,
  { requestId, operation, provider, socketId, sessionId, state }: ProblemContext,
  failure?: Failure,
): ProblemDocument => ({
  type: typeOf(kind),
  title: meaning,
  status,
  detail,
  instance: `urn:winsockd:request:${requestId}`,
  code: failure?.code,
  name: failure && wsaNameOf(failure.code),
  operation: operation?.name,
  function: failure?.call ?? operation?.winsock[0],
  provider,
  socketId,
  sessionId,
  state,
  retryable,
});

const sentence = (meaning: string): string =>
  `${meaning.charAt(0).toLowerCase()}${meaning.slice(1)}${meaning.endsWith('.') ? '' : '.'}`;

const SOON: ReadonlySet<WsaName | RefusalName> = new Set([
  'WSAEINPROGRESS',
  'WSAEWOULDBLOCK',
  'key-under-way',
]);

const retryAfter = (status: number, name: WsaName | RefusalName, seconds = 5): Record<string, string> => {
  if (SOON.has(name)) return { 'retry-after': '1' };
  return status === 503 || status === 429 ? { 'retry-after': String(seconds) } : {};
};
