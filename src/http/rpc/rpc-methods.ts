import { invalid, type Refusal, refuse } from '../../daemon/answers/refusals.js';
import type { Reply } from '../../operations/dispatch/reply.js';
import type { RefusalLog } from '../gates/refusal-log.js';
import { type Problem, problemOf } from '../problems/problem.js';
import { type Caller, NamedCalls, type NamedCallsParts } from '../rest/named-calls.js';
import { type RpcId, readRpcRequest } from './rpc-request.js';
import { errorText, resultText } from './rpc-response.js';

/** The answer to one request object. */
export interface RpcAnswer {
  /** The response object; undefined for a notification, which has none. */
  readonly text?: string | undefined;
  /** The reply of the operation, to be settled; undefined where no call was made. */
  readonly reply?: Reply | undefined;
}

/** The parts that it needs. */
export interface RpcMethodParts extends NamedCallsParts {
  readonly refusals: RefusalLog;
  /** Makes the text of the OpenRPC document. */
  readonly openRpc: () => string;
}

const DISCOVER = 'rpc.discover';

/** The methods of JSON-RPC: the operations by their names, and `rpc.discover`. */
export class RpcMethods {
  readonly #parts: RpcMethodParts;
  readonly #calls: NamedCalls;
  #openRpc: string | undefined;

  constructor(parts: RpcMethodParts) {
    this.#parts = parts;
    this.#calls = new NamedCalls(parts);
  }

  /** Makes the call of one request object. Does not reject: a bug, too, is an error object. */
  async answer(value: unknown, caller: Caller): Promise<RpcAnswer> {
    const request = readRpcRequest(value);
    if (!request.ok) return { text: errorText(request.id, this.#refused(request.refusal, caller)) };
    const { id, method, params } = request.value;
    const answer = await this.#answer(method, id ?? null, params ?? {}, caller);
    return id === undefined ? { reply: answer.reply } : answer;
  }

  async #answer(method: string, id: RpcId, params: object, caller: Caller): Promise<RpcAnswer> {
    const op = this.#calls.find(method);
    if (op) {
      const made = await this.#calls.make(op, params, caller);
      const text = made.ok ? resultText(id, made.value) : errorText(id, made.problem);
      return { text, reply: made.reply };
    }
    const refusal = method === DISCOVER ? refusedDiscovery(params, caller) : NO_SUCH_METHOD;
    if (refusal) return { text: errorText(id, this.#refused(refusal, caller)) };
    this.#openRpc ??= this.#parts.openRpc();
    return { text: `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${this.#openRpc}}` };
  }

  #refused(refusal: Refusal, { owner, requestId }: Caller): Problem {
    const problem = problemOf(refusal, { requestId });
    this.#parts.refusals.note(problem, { method: 'POST', url: '/v1/rpc', owner });
    return problem;
  }
}

const NO_SUCH_METHOD = refuse('unknown-method', 'No method has this name; rpc.discover lists them.');

/** The document is as long as a journal: it is refused, too, while long answers of its owner wait. */
const refusedDiscovery = (params: object, { bytes }: Caller): Refusal | undefined => {
  const [name] = Object.keys(params);
  return name === undefined ? bytes.refusedCall() : invalid([name], 'is not a parameter of this method');
};
