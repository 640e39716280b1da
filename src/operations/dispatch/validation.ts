import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import Type, { type TObject, type TProperties, type TSchema } from 'typebox';
import {
  invalidParameters,
  type ParameterError,
  type ParameterPath,
  type Refusal,
} from '../../daemon/answers/refusals.js';
import { isAddressOf, isUnixPath, MOST_PATH_BYTES } from '../../winsock/addresses.js';
import type { DescribedOperation, Scope } from '../operation.js';
import { sessionIdSchema, socketIdSchema } from '../schemas/schemas.js';

/** The compiled check of an operation's parameters: ids, path, query and body together. */
export type Check = (params: unknown) => Refusal | undefined;

const IDS: Readonly<Record<Scope, TProperties>> = {
  daemon: {},
  session: { sessionId: sessionIdSchema },
  socket: { socketId: socketIdSchema },
};

/** The schema of an operation's parameters: ids, path, query and body together. */
export const parametersSchema = (op: Pick<DescribedOperation, 'scope' | 'params'>): TObject =>
  Type.Object({ ...IDS[op.scope], ...op.params.properties }, { additionalProperties: false });

/**
 * Removes component names: they are for OpenAPI; the validator would take them for ids of duplicate schemas.
 */
const withoutIds = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(withoutIds);
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([key, value]) => !(key === '$id' && typeof value === 'string'))
      .map(([key, value]) => [key, withoutIds(value)]),
  );
};

/** Nothing is coerced, nothing removed, and every error is reported. */
const ajv = new Ajv({
  allErrors: true,
  strict: true,
  coerceTypes: false,
  removeAdditional: false,
  formats: { int32: true, int64: true, double: true, 'date-time': true },
});

/** Ajv takes any JSON Schema object; withoutIds keeps the shape of the one it is given. */
const compile = (schema: TSchema): ValidateFunction => ajv.compile(withoutIds(schema) as TSchema);

/** Calls `make` once for each object: to compile takes milliseconds. */
const oncePerObject = <T extends object, R>(make: (object: T) => R): ((object: T) => R) => {
  const made = new WeakMap<T, R>();
  return (object) => {
    const known = made.get(object);
    if (known !== undefined) return known;
    const result = make(object);
    made.set(object, result);
    return result;
  };
};

/**
 * The check of an operation's parameters. It is compiled by the first call: a daemon is ready sooner, and few
 * clients call every operation.
 */
export const paramsCheck = oncePerObject((op: Pick<DescribedOperation, 'scope' | 'params'>): Check => {
  let validate: ValidateFunction | undefined;
  return (params) => {
    validate ??= compile(parametersSchema(op));
    if (validate(params)) return addressErrors(params);
    return invalidParameters((validate.errors ?? []).slice(0, MOST_ERRORS).map(describe));
  };
});

/** What is wrong with a result, if anything. */
export type ResultErrors = (result: unknown) => readonly ParameterError[];

/** The errors of an operation's result. For tests: production does not check results. */
export const resultErrors = oncePerObject((op: Pick<DescribedOperation, 'result'>): ResultErrors => {
  const validate = compile(op.result);
  return (result) => (validate(result) ? [] : (validate.errors ?? []).map(describe));
});

/** Most errors that one answer lists. */
const MOST_ERRORS = 20;

const describe = ({ instancePath, keyword, params, message }: ErrorObject): ParameterError => {
  const path = pathOf(instancePath);
  if (keyword === 'required') {
    return { path: [...path, String(params.missingProperty)], detail: 'is required' };
  }
  if (keyword === 'additionalProperties') {
    return {
      path: [...path, String(params.additionalProperty)],
      detail: 'is not a parameter of this operation',
    };
  }
  if (keyword === 'enum') {
    const allowed: unknown = params.allowedValues;
    return { path, detail: `must be one of ${Array.isArray(allowed) ? allowed.join(', ') : '...'}` };
  }
  // The regular expression would not help a client.
  if (keyword === 'pattern') {
    return { path, detail: LOOKS[path.join('/')] ?? 'has not the documented form' };
  }
  return { path, detail: message ?? 'is not valid' };
};

/** Ajv names a value by its JSON Pointer: https://www.rfc-editor.org/rfc/rfc6901#section-4 */
const pathOf = (instancePath: string): ParameterPath =>
  instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));

const LOOKS: Readonly<Record<string, string>> = {
  version: 'must look like 2.2',
  labNetwork: 'must be 1 to 64 letters, digits, dots, underscores and hyphens',
};

/** Checks what the schema of an address cannot: the members of its family, and the form of its text. */
const addressErrors = (params: unknown): Refusal | undefined => {
  if (typeof params !== 'object' || params === null) return undefined;
  if ('address' in params) return addressError('address', params.address);
  return 'upstream' in params ? addressError('upstream', params.upstream) : undefined;
};

const addressError = (parameter: string, address: unknown): Refusal | undefined => {
  if (typeof address !== 'object' || address === null || !('family' in address)) return undefined;
  const given: Readonly<Record<string, unknown>> = address;
  const family = String(address.family);
  const errors: ParameterError[] = [];
  for (const [name, member] of ADDRESS_MEMBERS) {
    const detail = wrongWith(member, family, given[name]);
    if (detail !== undefined) errors.push({ path: [parameter, name], detail });
  }
  return errors.length > 0 ? invalidParameters(errors) : undefined;
};

const wrongWith = (
  { of, required, fault }: AddressMember,
  family: string,
  value: unknown,
): string | undefined => {
  if (!of.includes(family)) return value === undefined ? undefined : `belongs to ${of.join(' and ')} only`;
  if (value === undefined) return required ? `is required for ${family}` : undefined;
  return typeof value === 'string' ? fault?.(family, value) : undefined;
};

interface AddressMember {
  /** The families that have it. */
  readonly of: readonly string[];
  readonly required?: true;
  /** The error in its text, if any. */
  readonly fault?: (family: string, text: string) => string | undefined;
}

const INTERNET: readonly string[] = ['AF_INET', 'AF_INET6'];

const ADDRESS_MEMBERS = Object.entries<AddressMember>({
  address: {
    of: INTERNET,
    required: true,
    fault: (family, text) =>
      isAddressOf(family === 'AF_INET' ? 'AF_INET' : 'AF_INET6', text)
        ? undefined
        : `is not a numeric literal of ${family}`,
  },
  port: { of: INTERNET, required: true },
  scopeId: { of: ['AF_INET6'] },
  flowInfo: { of: ['AF_INET6'] },
  path: {
    of: ['AF_UNIX'],
    required: true,
    fault: (_family, text) =>
      isUnixPath(text) ? undefined : `must be 1 to ${MOST_PATH_BYTES} bytes of UTF-8 without NUL`,
  },
});
