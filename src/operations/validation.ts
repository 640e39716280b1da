import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import Type, { type TProperties, type TSchema } from 'typebox';
import { type ParameterError, type Refusal, refuse } from '../daemon/refusals.js';
import { isAddressOf } from '../winsock/addresses.js';
import type { AnyOperation } from './operation.js';
import { sessionIdSchema, socketIdSchema } from './schemas.js';

/** One compiled check of an operation's merged parameters: ids, path, query and body together. */
export type Check = (params: unknown) => Refusal | undefined;

const ID_OF_SCOPE: Readonly<Record<AnyOperation['scope'], TProperties>> = {
  daemon: {},
  session: { sessionId: sessionIdSchema },
  socket: { socketId: socketIdSchema },
};

/** Component names are for OpenAPI; to the validator they would be ids of schemas met twice. */
const withoutIds = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(withoutIds);
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([key, value]) => !(key === '$id' && typeof value === 'string'))
      .map(([key, value]) => [key, withoutIds(value)]),
  );
};

/** Compiles schemas; nothing is coerced, nothing removed, and every error is reported. */
export class Validator {
  readonly #ajv = new Ajv({
    allErrors: true,
    strict: true,
    coerceTypes: false,
    removeAdditional: false,
    formats: { int32: true, int64: true, double: true, 'date-time': true },
  });

  /** The check of an operation's parameters. */
  params(op: AnyOperation): Check {
    const properties = { ...ID_OF_SCOPE[op.scope], ...op.params.properties };
    const validate = this.#compile(Type.Object(properties, { additionalProperties: false }));
    return (params) => {
      if (validate(params)) return addressErrors(params);
      return invalid((validate.errors ?? []).map(describe));
    };
  }

  /** What is wrong with a result; empty when nothing is. For tests: results are not checked in production. */
  resultErrors(op: Pick<AnyOperation, 'result'>): (result: unknown) => readonly ParameterError[] {
    const validate = this.#compile(op.result);
    return (result) => (validate(result) ? [] : (validate.errors ?? []).map(describe));
  }

  #compile(schema: TSchema): ValidateFunction {
    // Ajv takes any JSON Schema object; withoutIds keeps the shape of the one it is given.
    return this.#ajv.compile(withoutIds(schema) as TSchema);
  }
}

/** Most errors that one answer lists. */
const MOST_ERRORS = 20;

const invalid = (all: readonly ParameterError[]): Refusal => {
  const errors = all.slice(0, MOST_ERRORS);
  const [first] = errors;
  const detail = first
    ? `${first.pointer === '' ? 'parameters' : first.pointer}: ${first.detail}`
    : 'invalid';
  return refuse('validation', `${detail}.`, { errors });
};

const describe = (error: ErrorObject): ParameterError => {
  const at = error.instancePath;
  const child = (name: unknown): string =>
    `${at}/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`;
  if (error.keyword === 'required') {
    return { pointer: child(error.params.missingProperty), detail: 'is required' };
  }
  if (error.keyword === 'additionalProperties') {
    return {
      pointer: child(error.params.additionalProperty),
      detail: 'is not a parameter of this operation',
    };
  }
  if (error.keyword === 'enum') {
    const allowed: unknown = error.params.allowedValues;
    return { pointer: at, detail: `must be one of ${Array.isArray(allowed) ? allowed.join(', ') : '...'}` };
  }
  // The expression itself helps nobody.
  if (error.keyword === 'pattern') return { pointer: at, detail: LOOKS[at] ?? 'has not the documented form' };
  return { pointer: at, detail: error.message ?? 'is not valid' };
};

const LOOKS: Readonly<Record<string, string>> = {
  '/version': 'must look like 2.2',
  '/labNetwork': 'must be 1 to 64 letters, digits, dots, underscores and hyphens',
};

/** What the schema of an address cannot say: that the text is a literal of the family. */
const addressErrors = (params: unknown): Refusal | undefined => {
  if (typeof params !== 'object' || params === null || !('address' in params)) return undefined;
  const { address } = params;
  if (typeof address !== 'object' || address === null || !('family' in address)) return undefined;
  const { family } = address;
  const text = 'address' in address ? address.address : undefined;
  if ((family !== 'AF_INET' && family !== 'AF_INET6') || typeof text !== 'string') return undefined;
  const errors: ParameterError[] = [];
  if (!isAddressOf(family, text)) {
    errors.push({ pointer: '/address/address', detail: `is not a numeric literal of ${family}` });
  }
  for (const name of ['scopeId', 'flowInfo']) {
    if (family === 'AF_INET' && name in address) {
      errors.push({ pointer: `/address/${name}`, detail: 'belongs to AF_INET6 only' });
    }
  }
  return errors.length > 0 ? invalid(errors) : undefined;
};
