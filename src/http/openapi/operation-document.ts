import { type AnyOperation, canFault } from '../../operations/operation.js';
import { type RestRoute, restRouteOf, successStatusOf } from '../rest/rest-route.js';
import type { JsonSchema } from '../schemas.js';
import { textHeader } from './document-headers.js';
import { addEvents } from './event-document.js';
import { problemResponsesOf } from './operation-responses.js';
import { addComponent, type Components, capital, inlineSchema } from './schema-components.js';

/** The part of the OpenAPI document that the operations make, and the schemas of their events. */
export interface OperationDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, JsonSchema>>>>;
  readonly schemas: Readonly<Record<string, JsonSchema>>;
}

/** Describes every operation from its definition alone. Aliases are left out: one operation, one route. */
export const operationDocument = (operations: readonly AnyOperation[]): OperationDocument => {
  const components: Components = new Map();
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const op of operations) {
    const route = restRouteOf(op);
    paths[route.path] = {
      ...paths[route.path],
      [route.method.toLowerCase()]: describe(op, route, components),
    };
  }
  addEvents(components);
  return { paths, schemas: Object.fromEntries(components) };
};

const describe = (op: AnyOperation, route: RestRoute, components: Components): JsonSchema => {
  const parameters = parametersOf(op, route, components);
  const body = bodyOf(op, route, components);
  return {
    operationId: op.name,
    summary: op.summary,
    description: descriptionOf(op),
    tags: [op.scope],
    ...(op.page === undefined ? {} : { externalDocs: { url: op.page, description: 'The Winsock page.' } }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: body }),
    responses: { ...successOf(op, components), ...problemResponsesOf(op) },
  };
};

const descriptionOf = (op: AnyOperation): string =>
  op.winsock.length === 0 ? op.description : `${op.description}\n\nWinsock: ${op.winsock.join(', ')}.`;

const ID_DESCRIPTION: Readonly<Record<string, string>> = {
  sessionId: 'The session, from startup.',
  socketId: 'The socket, from socket, accept or duplicate.',
};

const parametersOf = (op: AnyOperation, route: RestRoute, components: Components): readonly JsonSchema[] => {
  const inPath = route.placeholders.map((name) => parameter(op, name, 'path', true, components));
  const required = requiredOf(op);
  const inQuery = (op.rest?.query ?? []).map((name) =>
    parameter(op, name, 'query', required.includes(name), components),
  );
  return [...inPath, ...inQuery];
};

const parameter = (
  op: AnyOperation,
  name: string,
  place: 'path' | 'query',
  required: boolean,
  components: Components,
): JsonSchema => {
  const { description, ...schema } = schemasOf(op)[name] ?? {
    type: 'string',
    description: ID_DESCRIPTION[name],
  };
  return {
    name,
    in: place,
    required,
    ...(description === undefined ? {} : { description }),
    schema: inlineSchema(components, `${capital(op.name)}${capital(name)}`, schema),
  };
};

/** The parameters that travel in the body; undefined when none do. */
const bodyOf = (op: AnyOperation, route: RestRoute, components: Components): JsonSchema | undefined => {
  const elsewhere = new Set([...route.placeholders, ...(op.rest?.query ?? [])]);
  const inBody = Object.entries(schemasOf(op)).filter(([name]) => !elsewhere.has(name));
  if (inBody.length === 0) return undefined;
  const required = requiredOf(op).filter((name) => !elsewhere.has(name));
  const { required: _all, ...schema } = asSchema(op.params);
  const ref = addComponent(components, `${capital(op.name)}Request`, {
    ...schema,
    properties: Object.fromEntries(inBody),
    ...(required.length === 0 ? {} : { required }),
  });
  const example = op.example?.params;
  return {
    required: required.length > 0,
    content: { 'application/json': { schema: ref, ...(example && { example }) } },
  };
};

const FAULT_HEADER = {
  'Winsockd-Fault': textHeader(
    'Only where armed faults had a hand in it: their ids, the first 16 and how many `more`. The journal has all.',
  ),
};

const successOf = (op: AnyOperation, components: Components): Record<string, JsonSchema> => {
  const schema = addComponent(components, `${capital(op.name)}Result`, asSchema(op.result));
  const example = op.example?.result;
  const content = { 'application/json': { schema, ...(example && { example }) } };
  const faults = canFault(op) ? FAULT_HEADER : {};
  const headers = canFault(op) ? { headers: faults } : {};
  const status = successStatusOf(op);
  if (op.created === undefined) return { [status]: { description: 'Done.', ...headers, content } };
  const location = textHeader(`The path of what was created${op.createsSometimes ? ', where it was' : ''}.`);
  const description = op.createsSometimes ? 'Done.' : 'Created.';
  return { [status]: { description, headers: { Location: location, ...faults }, content } };
};

// A TypeBox schema is a JSON Schema object; its type only hides that its members can be listed.
const asSchema = (schema: object): JsonSchema => ({ ...schema });

const schemasOf = (op: AnyOperation): Readonly<Record<string, JsonSchema>> =>
  Object.fromEntries(Object.entries(op.params.properties).map(([name, schema]) => [name, asSchema(schema)]));

const requiredOf = (op: AnyOperation): readonly string[] => {
  const { required } = asSchema(op.params);
  return Array.isArray(required) ? required.map(String) : [];
};
