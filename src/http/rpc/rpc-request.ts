import { type Refusal, refuse } from '../../daemon/answers/refusals.js';
import { ok, type Success } from '../../winsock/outcome.js';

/** The id of a request object. */
export type RpcId = string | number | null;

/** A request object of JSON-RPC 2.0. */
export interface RpcRequest {
  readonly method: string;
  /** An object or a list; absent: none. */
  readonly params?: object | undefined;
  /** Absent: a notification. */
  readonly id?: RpcId | undefined;
}

/** The refusal of a value that is not a request object, and the id of its error. */
export interface InvalidRequest {
  readonly ok: false;
  readonly id: RpcId;
  readonly refusal: Refusal;
}

/** The most request objects of one array. */
export const MOST_REQUESTS = 100;

/** The most characters of an id that is a text. */
export const MOST_OF_ID = 128;

const MEMBERS: ReadonlySet<string> = new Set(['jsonrpc', 'method', 'params', 'id']);

/**
 * Reads a request object.
 *
 * @see https://www.jsonrpc.org/specification#request_object
 */
export const readRpcRequest = (value: unknown): Success<RpcRequest> | InvalidRequest => {
  if (!isObject(value) || Array.isArray(value)) return invalid(null, 'A request is an object.');
  const { jsonrpc, method, params, id }: Readonly<Record<string, unknown>> = { ...value };
  if (id !== undefined && !isId(id)) {
    return invalid(null, `\`id\` is a text of at most ${MOST_OF_ID} characters, a safe integer, or null.`);
  }
  const known = id ?? null;
  if (jsonrpc !== '2.0') return invalid(known, '`jsonrpc` is "2.0".');
  if (typeof method !== 'string') return invalid(known, '`method` is a text.');
  if (params !== undefined && !isObject(params)) return invalid(known, '`params` is an object.');
  // A misspelt `params` would otherwise be a call without parameters.
  if (!Object.keys(value).every((name) => MEMBERS.has(name))) {
    return invalid(known, `A request has the members ${[...MEMBERS].join(', ')} and no others.`);
  }
  return ok({ method, params, id });
};

/** The refusal of what is not a request object. */
export const invalidRequest = (detail: string): Refusal => refuse('invalid-request', detail);

/** The refusal of an array that is empty or too long. */
export const wrongArray = ({ length }: readonly unknown[]): Refusal | undefined => {
  if (length === 0) return invalidRequest('The array is empty.');
  return length > MOST_REQUESTS
    ? invalidRequest(`The array has more than ${MOST_REQUESTS} requests.`)
    : undefined;
};

const invalid = (id: RpcId, detail: string): InvalidRequest => ({
  ok: false,
  id,
  refusal: invalidRequest(detail),
});

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const isId = (value: unknown): value is RpcId =>
  value === null || Number.isSafeInteger(value) || (typeof value === 'string' && value.length <= MOST_OF_ID);
