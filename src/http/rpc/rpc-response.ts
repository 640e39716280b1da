import type { RefusalName } from '../../daemon/answers/refusals.js';
import { type Problem, type ProblemDocument, typeOf } from '../problems/problem.js';
import type { RpcId } from './rpc-request.js';

/** A code of JSON-RPC, and its message. */
interface RpcCode {
  readonly code: number;
  readonly message: string;
}

const PREDEFINED = {
  'malformed-json': { code: -32700, message: 'Parse error' },
  'invalid-request': { code: -32600, message: 'Invalid Request' },
  'unknown-method': { code: -32601, message: 'Method not found' },
  validation: { code: -32602, message: 'Invalid params' },
  internal: { code: -32603, message: 'Internal error' },
} as const satisfies Partial<Record<RefusalName, RpcCode>>;

/**
 * The codes that the specification defines, by the types of the problems that have them.
 *
 * @see https://www.jsonrpc.org/specification#error_object
 */
const OF_TYPE: ReadonlyMap<string, RpcCode> = new Map(
  // Object.entries loses the names of the keys, which are those of PREDEFINED.
  Object.entries(PREDEFINED).map(([name, code]) => [typeOf(name as keyof typeof PREDEFINED), code]),
);

/** The code of every other refusal of the daemon: `data.type` says which. */
export const REFUSED = -32000;

/** The response object of a success. */
export const resultText = (id: RpcId, result: object): string => resultTextOf(id, JSON.stringify(result));

/** As resultText, of a result that is JSON already. */
export const resultTextOf = (id: RpcId, result: string): string =>
  `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result}}`;

/** The response object of a failure: `data` is the whole problem document. */
export const errorText = (id: RpcId, { document }: Problem): string =>
  JSON.stringify({ jsonrpc: '2.0', error: { ...codeOf(document), data: document }, id });

/** A WSA failure has its own number. */
const codeOf = ({ type, title, code }: ProblemDocument): RpcCode =>
  OF_TYPE.get(type) ?? { code: typeof code === 'number' ? code : REFUSED, message: title };
