import { type ParameterError, type Refusal, refuse } from '../../daemon/answers/refusals.js';
import type { DescribedOperation } from '../../operations/operation.js';
import { ok, type Success } from '../../winsock/outcome.js';
import { jsonPointer } from '../problems/json-pointer.js';
import { MOST_ERRORS } from '../problems/problem.js';
import type { RestRoute } from './rest-route.js';

/** The parts of a request that carry parameters. */
export interface ParameterSource {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

type Parameters = Record<string, unknown>;

/**
 * Merges path, query and body of a request into the parameters of an operation. Strings of path and query are
 * converted to the JSON type of the schema; one that cannot be converted stays a string, and validation
 * reports it. A name in two places, and a name in the query that is not a query parameter, are refused:
 * nothing is dropped silently.
 */
export const parameterReader = (
  op: Pick<DescribedOperation, 'rest' | 'params'>,
  route: RestRoute,
): ((source: ParameterSource) => Success<Parameters> | Refusal) => {
  const queryNames = new Set(op.rest?.query);
  const schemas: Readonly<Record<string, unknown>> = op.params.properties;
  return ({ params, query, body }) => {
    if (body !== undefined && !isObject(body)) {
      return refuse('validation', 'The body is a JSON object with the parameters.', {
        errors: [{ path: [], detail: 'must be an object' }],
      });
    }
    // No other code uses the body: path and query are added to it.
    const merged: Parameters = body ?? {};
    const errors: ParameterError[] = [];
    for (const name of route.placeholders) {
      if (Object.hasOwn(merged, name)) errors.push(twice(name, 'path'));
      merged[name] = read(member(params, name), schemas[name]);
    }
    for (const name of isObject(query) ? Object.keys(query) : []) {
      const text = member(query, name);
      if (!queryNames.has(name)) {
        errors.push({ path: [name], detail: 'is not a query parameter of this operation' });
      } else if (Object.hasOwn(merged, name)) errors.push(twice(name, 'query'));
      else merged[name] = read(text, schemas[name]);
    }
    if (errors.length === 0) return ok(merged);
    const details = errors.slice(0, MOST_ERRORS).map(({ path, detail }) => `${jsonPointer(path)} ${detail}`);
    return refuse('validation', `${details.join('; ')}.`, { errors });
  };
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const member = (value: unknown, name: string): unknown => (isObject(value) ? value[name] : undefined);

const twice = (name: string, place: string): ParameterError => ({
  path: [name],
  detail: `is given in the ${place} and in the body`,
});

/** The JSON value of a string, or of a repeated query parameter, according to its schema. */
const read = (given: unknown, schema: unknown): unknown => {
  const type = member(schema, 'type');
  if (type === 'array') {
    const items = member(schema, 'items');
    return (Array.isArray(given) ? given : [given]).map((one) => read(one, items));
  }
  if (typeof given !== 'string') return given;
  if (type === 'integer' && /^-?(?:0|[1-9]\d{0,15})$/.test(given)) return Number(given);
  if (type === 'number' && /^-?\d{1,15}(?:\.\d{1,15})?$/.test(given)) return Number(given);
  if (type === 'boolean' && (given === 'true' || given === 'false')) return given === 'true';
  return given;
};
