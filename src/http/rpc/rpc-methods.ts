import { invalid, type Refusal, refuse } from '../../daemon/answers/refusals.js';
import { BATCH } from '../batch/batch-definition.js';
import type { Batches } from '../batch/batches.js';
import type { RefusalLog } from '../gates/refusal-log.js';
import { problemOf } from '../problems/problem.js';
import type { CollectedAnswer } from '../rest/collected-answer.js';
import type { Caller, NamedCalls } from '../rest/named-calls.js';
import type { RpcAnswer } from './rpc-answer.js';
import { type RpcId, type RpcRequest, readRpcRequest } from './rpc-request.js';
import { errorText, resultText, resultTextOf } from './rpc-response.js';

/** The parts of the edge that RpcMethods uses. */
export interface RpcMethodParts {
  readonly calls: NamedCalls;
  readonly batches: Batches;
  readonly refusals: RefusalLog;
  /** Gives the text of the OpenRPC document. */
  readonly openRpc: () => string;
}

const DISCOVER = 'rpc.discover';

/** The methods of JSON-RPC: the operations and `batch` by their names, and `rpc.discover`. */
export class RpcMethods {
  readonly #parts: RpcMethodParts;

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
    if (!request.ok) return { text: this.refused(request.id, request.refusal, caller) };
    return this.answerRequest(request.value, caller, collect);
  }

  /** The same for a request object that has been read. */
  answerRequest(
    { id, method, params = {} }: RpcRequest,
    caller: Caller,
    collect: () => CollectedAnswer,
  ): Promise<RpcAnswer> {
    const answered = this.#answer(method, id ?? null, params, caller, collect);
    return id === undefined ? answered.then(withoutText) : answered;
  }

  /** Logs a refusal. Returns its response object. */
  refused(id: RpcId, refusal: Refusal, { owner, requestId }: Pick<Caller, 'owner' | 'requestId'>): string {
    const problem = problemOf(refusal, { requestId });
    this.#parts.refusals.note(problem, { url: '/v1/rpc', owner });
    return errorText(id, problem);
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
    if (refusal) return { text: this.refused(id, refusal, caller) };
    return { text: resultTextOf(id, openRpc()) };
  }

  async #batch(id: RpcId, params: object, caller: Caller, collected: CollectedAnswer): Promise<RpcAnswer> {
    const made = await this.#parts.batches.make(params, caller, collected);
    const text = made.problem ? errorText(id, made.problem) : resultTextOf(id, made.text);
    return { text, collected };
  }
}

/** The answer of a notification. */
const withoutText = (answer: RpcAnswer): RpcAnswer => ({ ...answer, text: undefined });

const NO_SUCH_METHOD = refuse('unknown-method', 'No method has this name; rpc.discover lists them.');

/** The document is a long answer: see refuseLongAnswer. */
const refusedDiscovery = (params: object, { bytes }: Caller): Refusal | undefined => {
  const [name] = Object.keys(params);
  return name === undefined ? bytes.refuseLongAnswer() : invalid([name], 'is not a parameter of this method');
};
