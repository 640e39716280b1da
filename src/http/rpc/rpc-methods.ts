import { invalid, invalidParameters, type Refusal, refuse } from '../../daemon/answers/refusals.js';
import type { Dispatch } from '../../operations/dispatch/dispatch.js';
import type { Client, Reply } from '../../operations/dispatch/reply.js';
import { type AnyOperation, ID_OF_SCOPE } from '../../operations/operation.js';
import { ok, type Success } from '../../winsock/outcome.js';
import type { RefusalLog } from '../gates/refusal-log.js';
import type { ThriftyLog } from '../gates/thrifty-log.js';
import type { OwnerBytes } from '../memory/kept-bytes.js';
import { bugProblem, type Problem, problemOf } from '../problems/problem.js';
import { failedCall, idsIn, logSuccess } from '../rest/call-log.js';
import { answersMuch } from '../rest/long-bodies.js';
import { type RpcId, readRpcRequest } from './rpc-request.js';
import { errorText, resultText } from './rpc-response.js';

/** Where a request object came from. */
export interface RpcCaller {
  readonly owner: string;
  readonly requestId: string;
  /** What is kept for the owner. */
  readonly bytes: OwnerBytes;
  /** Makes the client for a call of the operation. */
  readonly clientFor: (op: AnyOperation) => Client;
}

/** The answer to one request object. */
export interface RpcAnswer {
  /** The response object; undefined for a notification, which has none. */
  readonly text?: string | undefined;
  /** The reply of the operation, to be settled; undefined where no call was made. */
  readonly reply?: Reply | undefined;
}

/** The parts that it needs. */
export interface RpcMethodParts {
  readonly operations: readonly AnyOperation[];
  readonly dispatch: Dispatch;
  readonly lines: ThriftyLog;
  readonly refusals: RefusalLog;
  /** Makes the text of the OpenRPC document. */
  readonly openRpc: () => string;
}

type Parameters = Readonly<Record<string, unknown>>;

const DISCOVER = 'rpc.discover';

/** The methods of JSON-RPC: the operations by their names, and `rpc.discover`. */
export class RpcMethods {
  readonly #parts: RpcMethodParts;
  readonly #operations: ReadonlyMap<string, AnyOperation>;
  /** Those whose answers may be long. */
  readonly #long: ReadonlySet<AnyOperation>;
  #openRpc: string | undefined;

  constructor(parts: RpcMethodParts) {
    const { operations } = parts;
    this.#parts = parts;
    this.#operations = new Map(operations.map((op) => [op.name, op]));
    this.#long = new Set(operations.filter(answersMuch));
  }

  /** Makes the call of one request object. Does not reject: a bug, too, is an error object. */
  async answer(value: unknown, caller: RpcCaller): Promise<RpcAnswer> {
    const request = readRpcRequest(value);
    if (!request.ok) return { text: errorText(request.id, this.#refused(request.refusal, caller)) };
    const { id, method, params } = request.value;
    const op = this.#operations.get(method);
    const answer = op
      ? await this.#call(op, id ?? null, params ?? {}, caller)
      : this.#otherMethod(method, id ?? null, params ?? {}, caller);
    return id === undefined ? { reply: answer.reply } : answer;
  }

  async #call(
    op: AnyOperation,
    id: RpcId,
    given: object,
    { owner, requestId, bytes, clientFor }: RpcCaller,
  ): Promise<RpcAnswer> {
    const { dispatch, lines } = this.#parts;
    const call = { operation: op, requestId, owner, started: performance.now() };
    const full = this.#long.has(op) ? bytes.refusedCall() : undefined;
    const params = full ?? parametersOf(op, given);
    if (!params.ok) return { text: errorText(id, failedCall(lines, call, idsIn(given), params)) };
    let reply: Reply | undefined;
    try {
      reply = await dispatch(op, { owner, params: params.value, client: clientFor(op), requestId });
      const { answer, context } = reply;
      if (answer.ok) {
        logSuccess(lines, call, params.value, reply);
        return { reply, text: resultText(id, answer.value) };
      }
      const problem = failedCall(lines, call, { ...idsIn(params.value), ...context }, answer);
      return { reply, text: errorText(id, problem) };
    } catch (error) {
      reply?.settle(false);
      lines.write('error', owner, { err: error, requestId }, 'request failed by a bug');
      return { text: errorText(id, bugProblem({ requestId, operation: op })) };
    }
  }

  #otherMethod(method: string, id: RpcId, params: object, caller: RpcCaller): RpcAnswer {
    const refusal = method === DISCOVER ? refusedDiscovery(params, caller) : NO_SUCH_METHOD;
    if (refusal) return { text: errorText(id, this.#refused(refusal, caller)) };
    this.#openRpc ??= this.#parts.openRpc();
    return { text: `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${this.#openRpc}}` };
  }

  #refused(refusal: Refusal, { owner, requestId }: RpcCaller): Problem {
    const problem = problemOf(refusal, { requestId });
    this.#parts.refusals.note(problem, { method: 'POST', url: '/v1/rpc', owner });
    return problem;
  }
}

const NO_SUCH_METHOD = refuse('unknown-method', 'No method has this name; rpc.discover lists them.');

/** The document is as long as a journal: it is refused, too, while long answers of its owner wait. */
const refusedDiscovery = (params: object, { bytes }: RpcCaller): Refusal | undefined => {
  const [name] = Object.keys(params);
  return name === undefined ? bytes.refusedCall() : invalid([name], 'is not a parameter of this method');
};

/**
 * The parameters of a call, as dispatch takes them. It looks ids up before it validates, because a path always
 * has one: here the id may be missing.
 */
const parametersOf = (op: AnyOperation, given: object): Success<Parameters> | Refusal => {
  if (Array.isArray(given)) {
    return invalidParameters([{ path: [], detail: 'must be an object: parameters have names' }]);
  }
  const params: Parameters = { ...given };
  const id = ID_OF_SCOPE[op.scope];
  if (id !== '' && typeof params[id] !== 'string') {
    return invalid([id], params[id] === undefined ? 'is required' : 'must be string');
  }
  return ok(params);
};
