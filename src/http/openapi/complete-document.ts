import { type Chapter, canFault, type DescribedOperation } from '../../operations/operation.js';
import type { JsonSchema } from '../schemas.js';
import { inOrderWithExamples, type Paths } from './order-and-examples.js';
import { sharedParameters } from './parameter-components.js';
import { componentRef } from './schema-components.js';

/** The description of a header field with a text. */
const textHeader = (description: string): JsonSchema => ({ description, schema: { type: 'string' } });

const HEADERS: Readonly<Record<string, JsonSchema>> = {
  'X-Request-Id': textHeader('The id of this request, as the log and the `instance` of a problem have it.'),
  'Server-Timing': {
    ...textHeader(
      'Milliseconds in native calls and around them, milliseconds waited, and with Winsockd-Not-Before how ' +
        '`late` the call began.',
    ),
    example: 'native;dur=0.21, wait;dur=12.5',
  },
  'Retry-After': textHeader(
    'Seconds after which the same call may succeed. On every 429 and 503, on some 409.',
  ),
  'WWW-Authenticate': textHeader('How to send the token.'),
  Allow: textHeader('With 405: the methods of this path.'),
  'Winsockd-Replayed': textHeader('`true`: the answer of an earlier request with this Idempotency-Key.'),
  'Winsockd-Fault': textHeader(
    'Only if armed faults hit the call: their ids, the first 16 and how many `more`. The journal has all.',
  ),
};

/** Their components have short names, since every operation refers to some of them. */
const COMPONENT_OF_HEADER: Readonly<Record<string, string>> = {
  'X-Request-Id': 'RequestId',
  'Server-Timing': 'Timing',
  'Winsockd-Fault': 'Fault',
};

const headers = (names: readonly string[]): JsonSchema =>
  Object.fromEntries(
    names.map((name) => [name, { $ref: `#/components/headers/${COMPONENT_OF_HEADER[name] ?? name}` }]),
  );

/** Components that many operations share: header fields, ids in paths, and the response of every problem. */
export const COMMON_COMPONENTS = {
  headers: Object.fromEntries(
    Object.entries(HEADERS).map(([name, header]) => [COMPONENT_OF_HEADER[name] ?? name, header]),
  ),
  responses: {
    AnyProblem: {
      description:
        'A problem document. `x-winsock-errors`, here and at the operation, has names and statuses.',
      headers: headers(Object.keys(HEADERS)),
      content: { 'application/problem+json': { schema: componentRef('Problem') } },
    },
  },
};

interface GeneratedOperation {
  readonly operationId?: string;
  readonly requestBody?: {
    required: boolean;
    readonly content: { readonly 'application/json'?: { readonly schema: { readonly $ref: string } } };
  };
  readonly parameters?: JsonSchema[];
  readonly responses: Record<string, JsonSchema>;
}

/** The members of the generated document that are completed here. */
export interface GeneratedDocument {
  paths: Readonly<Record<string, Readonly<Record<string, GeneratedOperation>>>>;
  readonly components: {
    schemas: Readonly<Record<string, JsonSchema>>;
    parameters?: Readonly<Record<string, JsonSchema>>;
  };
}

/** Adds what the generator cannot make, and puts the operations into their order. */
export const completeDocument = (
  document: GeneratedDocument,
  chapters: readonly Chapter<DescribedOperation>[],
): void => {
  const { components } = document;
  // Plain JSON: each function has types for the members that it changes.
  const paths = inOrderWithExamples(
    document.paths as unknown as Paths,
    chapters,
  ) as unknown as GeneratedDocument['paths'];
  const byName = new Map(
    chapters.flatMap(({ operations }) => operations.map((op) => [op.name, op] as const)),
  );
  const operations = Object.values(paths).flatMap((item) => Object.values(item));
  components.parameters = sharedParameters(operations.map(({ parameters = [] }) => parameters));
  for (const made of operations) {
    const op = byName.get(made.operationId ?? '');
    const names = op && canFault(op) ? [...COMMON_HEADERS, 'Winsockd-Fault'] : COMMON_HEADERS;
    referToResponses(made.responses, names);
    completeBody(made, components.schemas);
  }
  document.paths = paths;
  components.schemas = withEnumNames(sorted(components.schemas));
};

const COMMON_HEADERS = ['X-Request-Id', 'Server-Timing'];

/**
 * Replaces problem responses by references, and adds header fields to the others.
 *
 * @param names the header fields of a success
 */
const referToResponses = (responses: Record<string, JsonSchema>, names: readonly string[]): void => {
  for (const [status, response] of Object.entries(responses)) {
    const all = { ...Object(response.headers), ...headers(names) };
    responses[status] =
      status === 'default' ? { $ref: '#/components/responses/AnyProblem' } : { ...response, headers: all };
  }
};

/**
 * Makes a body optional if none of its members is required, or if it is raw bytes: there may be none. The
 * generator makes every body required.
 */
const completeBody = (
  { requestBody }: GeneratedOperation,
  schemas: GeneratedDocument['components']['schemas'],
): void => {
  if (requestBody === undefined) return;
  const { schema } = requestBody.content['application/json'] ?? {};
  const [, name = ''] = schema?.$ref.split(componentRef('').$ref) ?? [];
  requestBody.required = schemas[name]?.required !== undefined;
};

/** The name that oapi-codegen gives a type of its own in that scope; a member of this name does not compile. */
const TAKEN_BY_GENERATORS = ['CLIENT'];

/**
 * Some languages have one scope for the members of all enumerations. Members of an enumeration of which an
 * earlier one, or a generator, has the same member get names that begin with the name of their enumeration.
 *
 * @see https://openapi-generator.tech/docs/templating/#enum
 */
const withEnumNames = (schemas: Readonly<Record<string, JsonSchema>>): Record<string, JsonSchema> => {
  const taken = new Set(TAKEN_BY_GENERATORS);
  const named = Object.entries(schemas).map(([name, schema]): [string, JsonSchema] => {
    const members = Array.isArray(schema.enum) ? schema.enum.map((one) => String(one).toUpperCase()) : [];
    const isShared = members.some((member) => taken.has(member));
    for (const member of members) taken.add(member);
    const prefix = name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
    return [
      name,
      isShared ? { ...schema, 'x-enum-varnames': members.map((member) => `${prefix}_${member}`) } : schema,
    ];
  });
  return Object.fromEntries(named);
};

const sorted = <T>(members: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(members).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
