import { invalid, type Refusal, refuse } from '../../daemon/answers/refusals.js';
import { BATCH } from '../batch/batch-definition.js';
import type { Batches } from '../batch/batches.js';
import type { RefusalLog } from '../gates/refusal-log.js';
import { type Problem, problemOf } from '../problems/problem.js';
import type { CollectedAnswer } from '../rest/collected-answer.js';
import type { Caller, CallReply, NamedCalls } from '../rest/named-calls.js';
import { type RpcId, readRpcRequest } from './rpc-request.js';
import { errorText, resultText, resultTextOf } from './rpc-response.js';

/** The answer to one request object. */
export interface RpcAnswer {
  /** The response object; undefined for a notification, which has none. */
  readonly text?: string | undefined;
  /** The reply of the operation, to be settled; undefined if no call was made. */
  readonly reply?: CallReply | undefined;
  /** The answers of the calls of a batch, to be settled. */
  readonly collected?: CollectedAnswer | undefined;
}

/** The parts of the edge that RpcMethods uses. */
export interface RpcMethodParts {
  readonly calls: NamedCalls;
  readonly batches: Batches;
  readonly refusals: RefusalLog;
  /** Makes the text of the OpenRPC document. */
  readonly openRpc: () => string;
}

const DISCOVER = 'rpc.discover';

/** The methods of JSON-RPC: the operations and `batch` by their names, and `rpc.discover`. */
export class RpcMethods {
  readonly #parts: RpcMethodParts;
  #openRpc: string | undefined;

  constructor(parts: RpcMethodParts) {
    this.#parts = parts;
  }

  /**
   * Makes the call of one request object. Does not reject: a bug, too, is an error object.
   *
   * @param collect makes what takes the answers of a batch
   */
  async answer(value: unknown, caller: Caller, collect: () => CollectedAnswer): Promise<RpcAnswer> {
    const request = readRpcRequest(value);
    if (!request.ok) return { text: errorText(request.id, this.#refused(request.refusal, caller)) };
    const { id, method, params } = request.value;
    const answer = await this.#answer(method, id ?? null, params ?? {}, caller, collect);
    return id === undefined ? { ...answer, text: undefined } : answer;
  }

  async #answer(
    method: string,
    id: RpcId,
    params: object,
    caller: Caller,
    collect: () => CollectedAnswer,
  ): Promise<RpcAnswer> {
    const { calls, openRpc } = this.#parts;
    const op = calls.find(method);
    if (op) {
      const made = await calls.make(op, params, caller);
      const text = made.ok ? resultText(id, made.value) : errorText(id, made.problem);
      return { text, reply: made.reply };
    }
    if (method === BATCH.name) return this.#batch(id, params, caller, collect());
    const refusal = method === DISCOVER ? refusedDiscovery(params, caller) : NO_SUCH_METHOD;
    if (refusal) return { text: errorText(id, this.#refused(refusal, caller)) };
    this.#openRpc ??= openRpc();
    return { text: resultTextOf(id, this.#openRpc) };
  }

  async #batch(id: RpcId, params: object, caller: Caller, collected: CollectedAnswer): Promise<RpcAnswer> {
    const made = await this.#parts.batches.make(params, caller, collected);
    const text = made.problem ? errorText(id, made.problem) : resultTextOf(id, made.text);
    return { text, collected };
  }

  #refused(refusal: Refusal, { owner, requestId }: Caller): Problem {
    const problem = problemOf(refusal, { requestId });
    this.#parts.refusals.note(problem, { method: 'POST', url: '/v1/rpc', owner });
    return problem;
  }
}

const NO_SUCH_METHOD = refuse('unknown-method', 'No method has this name; rpc.discover lists them.');

/** The document is a long answer: see refuseLongAnswer. */
const refusedDiscovery = (params: object, { bytes }: Caller): Refusal | undefined => {
  const [name] = Object.keys(params);
  return name === undefined ? bytes.refuseLongAnswer() : invalid([name], 'is not a parameter of this method');
};
