import { type Chapter, canFault, type DescribedOperation } from '../../operations/operation.js';
import type { JsonSchema } from '../schemas.js';
import { asConversation, type Paths } from './conversation.js';
import { componentRef } from './schema-components.js';

/** A header with a text, as the document describes it. */
const textHeader = (description: string): JsonSchema => ({ description, schema: { type: 'string' } });

const HEADERS: Readonly<Record<string, JsonSchema>> = {
  'X-Request-Id': textHeader('The id of this request, as the log and the `instance` of a problem have it.'),
  'Server-Timing': {
    ...textHeader('Milliseconds in native calls and around them, and milliseconds waited.'),
    example: 'native;dur=0.21, wait;dur=12.5',
  },
  'Retry-After': textHeader(
    'Seconds after which the same call may succeed. On every 429 and 503, on some 409.',
  ),
  'WWW-Authenticate': textHeader('How to send the token.'),
  Allow: textHeader('With 405: the methods that this path knows.'),
  'Winsockd-Fault': textHeader(
    'Only where armed faults had a hand in it: their ids, the first 16 and how many `more`. The journal has all.',
  ),
};

const headers = (names: readonly string[]): JsonSchema =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));

const idInPath = (name: string, description: string): JsonSchema => ({
  ...{ name, in: 'path', required: true, description },
  schema: { type: 'string' },
});

const PARAMETERS: Readonly<Record<string, JsonSchema>> = {
  sessionId: idInPath('sessionId', 'The session, from startup.'),
  socketId: idInPath('socketId', 'The socket, from socket, accept or duplicate.'),
};

/** What many operations have alike: header fields, ids in paths, and the one response that every problem is. */
export const COMMON_COMPONENTS = {
  headers: HEADERS,
  parameters: PARAMETERS,
  responses: {
    AnyProblem: {
      description:
        'A problem document. `x-winsock-errors`, here and at the operation, has names and statuses.',
      headers: headers(Object.keys(HEADERS)),
      content: { 'application/problem+json': { schema: componentRef('Problem') } },
    },
  },
};

interface MadeOperation {
  readonly operationId?: string;
  readonly requestBody?: {
    required: boolean;
    readonly content: { readonly 'application/json': { readonly schema: { readonly $ref: string } } };
  };
  readonly parameters?: JsonSchema[];
  readonly responses: Record<string, JsonSchema>;
}

/** The members of a document that are completed, as the generator makes them. */
export interface MadeDocument {
  paths: Readonly<Record<string, Readonly<Record<string, MadeOperation>>>>;
  readonly components: { schemas: Readonly<Record<string, JsonSchema>> };
}

/** Adds what the generator cannot be told of, and brings the operations into the order of a conversation. */
export const completeDocument = (
  document: MadeDocument,
  chapters: readonly Chapter<DescribedOperation>[],
): void => {
  const { components } = document;
  // Plain JSON, of which each sees the members that it completes.
  const paths = asConversation(
    document.paths as unknown as Paths,
    chapters,
  ) as unknown as MadeDocument['paths'];
  const byName = new Map(
    chapters.flatMap(({ operations }) => operations.map((op) => [op.name, op] as const)),
  );
  for (const made of Object.values(paths).flatMap((item) => Object.values(item))) {
    const op = byName.get(made.operationId ?? '');
    referToParameters(made.parameters ?? []);
    referToResponses(made.responses, op && canFault(op) ? [...EVERYWHERE, 'Winsockd-Fault'] : EVERYWHERE);
    completeBody(made, components.schemas);
  }
  document.paths = paths;
  components.schemas = withOwnNames(sorted(components.schemas));
};

const EVERYWHERE = ['X-Request-Id', 'Server-Timing'];

/** The generator makes every parameter and every response whole. */
const referToParameters = (parameters: JsonSchema[]): void => {
  for (const [i, { name, in: place }] of parameters.entries()) {
    if (place === 'path' && String(name) in PARAMETERS) {
      parameters[i] = { $ref: `#/components/parameters/${name}` };
    }
  }
};

/** @param names header fields of a success */
const referToResponses = (responses: Record<string, JsonSchema>, names: readonly string[]): void => {
  for (const [status, response] of Object.entries(responses)) {
    const all = { ...Object(response.headers), ...headers(names) };
    responses[status] =
      status === 'default' ? { $ref: '#/components/responses/AnyProblem' } : { ...response, headers: all };
  }
};

/** A body may be absent where nothing in it is required: to the generator every body is. */
const completeBody = (
  { requestBody }: MadeOperation,
  schemas: MadeDocument['components']['schemas'],
): void => {
  if (requestBody === undefined) return;
  const [, name = ''] = requestBody.content['application/json'].schema.$ref.split(componentRef('').$ref);
  requestBody.required = schemas[name]?.required !== undefined;
};

/**
 * Some languages have one scope for the members of all enumerations: where an earlier one has a member of the same
 * name, generators are told names with that of the enumeration before them.
 *
 * @see https://openapi-generator.tech/docs/templating/#enum
 */
const withOwnNames = (schemas: Readonly<Record<string, JsonSchema>>): Record<string, JsonSchema> => {
  const taken = new Set<string>();
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
