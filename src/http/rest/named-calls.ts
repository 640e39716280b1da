import { invalid, invalidParameters, type Refusal } from '../../daemon/answers/refusals.js';
import type { Dispatch } from '../../operations/dispatch/dispatch.js';
import type { Client, Reply } from '../../operations/dispatch/reply.js';
import { type AnyOperation, ID_OF_SCOPE } from '../../operations/operation.js';
import { ok, type Success } from '../../winsock/outcome.js';
import type { ThriftyLog } from '../gates/thrifty-log.js';
import type { OwnerBytes } from '../memory/kept-bytes.js';
import { bugProblem, type Problem } from '../problems/problem.js';
import { failedCall, idsIn, logSuccess } from './call-log.js';
import type { AnsweredClient } from './delivery.js';
import { answersMuch } from './long-bodies.js';

/** Who calls, within which request. */
export interface Caller {
  readonly owner: string;
  readonly requestId: string;
  /** What is kept for the owner. */
  readonly bytes: OwnerBytes;
  readonly client: CallerClient;
  /** Its calls must not begin before; milliseconds of the daemon's clock. */
  readonly notBefore?: number | undefined;
}

/** The client of a request, as its calls see it. */
export interface CallerClient {
  /** Whether it is gone for every call. */
  readonly gone: boolean;
  /**
   * The client of the calls of an operation.
   *
   * @param isHeld whether they wait for an instant
   */
  for(op: AnyOperation, isHeld: boolean): OperationClient;
}

/** The client of several calls. `leftWhilePending`: also if the client left while another of them waited. */
export type OperationClient = Client & AnsweredClient;

/** The reply of a call, which has to be settled, and its client. */
export interface CallReply {
  readonly result: Reply;
  readonly client: AnsweredClient;
}

/** A call that has ended. A call that was refused before dispatch has no reply. */
export type MadeCall =
  | { readonly ok: true; readonly value: object; readonly reply: CallReply }
  | { readonly ok: false; readonly problem: Problem; readonly reply?: CallReply };

export interface NamedCallsParts {
  readonly operations: readonly AnyOperation[];
  readonly dispatch: Dispatch;
  readonly lines: ThriftyLog;
}

type Parameters = Readonly<Record<string, unknown>>;

/** Calls by the name of the operation and with all parameters in one object: JSON-RPC, batches. */
export class NamedCalls {
  readonly #parts: NamedCallsParts;
  readonly #byName: ReadonlyMap<string, AnyOperation>;
  /** Those whose answers may be long. */
  readonly #long: ReadonlySet<AnyOperation>;

  constructor(parts: NamedCallsParts) {
    this.#parts = parts;
    this.#byName = new Map(parts.operations.map((op) => [op.name, op]));
    this.#long = new Set(parts.operations.filter(answersMuch));
  }

  /** The operation of that name. */
  find(name: string): AnyOperation | undefined {
    return this.#byName.get(name);
  }

  /** Logs a call that is refused before dispatch. */
  refuse(op: AnyOperation, given: object, { owner, requestId }: Caller, refusal: Refusal): MadeCall {
    const call = { operation: op, requestId, owner, started: performance.now() };
    return { ok: false, problem: failedCall(this.#parts.lines, call, idsIn(given), refusal) };
  }

  /** Makes a call and logs it. Does not reject: a bug, too, is a problem. */
  async make(op: AnyOperation, given: object, caller: Caller): Promise<MadeCall> {
    const { dispatch, lines } = this.#parts;
    const { owner, requestId, bytes, client, notBefore } = caller;
    const call = { operation: op, requestId, owner, started: performance.now() };
    const full = this.#long.has(op) ? bytes.refuseLongAnswer() : undefined;
    const params = full ?? parametersOf(op, given);
    if (!params.ok) return this.refuse(op, given, caller, params);
    const callClient = new CallClient(client.for(op, notBefore !== undefined));
    let result: Reply | undefined;
    try {
      result = await dispatch(op, { owner, params: params.value, client: callClient, requestId, notBefore });
      const { answer, context } = result;
      const reply = { result, client: callClient };
      if (answer.ok) {
        logSuccess(lines, call, params.value, result);
        return { ok: true, value: answer.value, reply };
      }
      const ids = { ...idsIn(params.value), ...context };
      return { ok: false, problem: failedCall(lines, call, ids, answer), reply };
    } catch (error) {
      result?.settle(false);
      lines.write('error', owner, { err: error, requestId }, 'request failed by a bug');
      return { ok: false, problem: bugProblem({ requestId, operation: op }) };
    }
  }
}

/** The client of one call among several of its client. */
class CallClient implements OperationClient {
  readonly #client: OperationClient;
  #hasWaited = false;

  constructor(client: OperationClient) {
    this.#client = client;
  }

  get gone(): boolean {
    return this.#client.gone;
  }

  get connection(): Client['connection'] {
    return this.#client.connection;
  }

  get leftWhilePending(): boolean {
    return this.#hasWaited && this.#client.leftWhilePending;
  }

  onGone(run: () => void): void {
    this.#hasWaited = true;
    this.#client.onGone(run);
  }
}

/**
 * The parameters of a call, as dispatch takes them. Dispatch looks ids up before it validates, because a path
 * always has one: here the id may be missing.
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
