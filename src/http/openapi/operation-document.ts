import type { FastifySchema } from 'fastify';
import type { DescribedOperation } from '../../operations/operation.js';
import { causesBesideIds } from '../problems/causes.js';
import { causesTable, namesByStatus } from '../problems/causes-text.js';
import { fastifyPath, type RestRoute, restRouteOf, successStatusOf } from '../rest/rest-route.js';
import { type JsonSchema, problemResponses } from '../schemas.js';
import { addEvents } from './event-document.js';
import { addComponent, type Components, capital, inlineSchema } from './schema-components.js';

/** The schema of one operation for the generator of the document. */
type RouteSchema = FastifySchema & { readonly 'x-winsock-errors': ReturnType<typeof namesByStatus> };

/** The schemas of all operations for the generator. */
export interface OperationDocument {
  /** By `routeKey`. Aliases are omitted, so that each operation has one route. */
  readonly routes: ReadonlyMap<string, RouteSchema>;
  /** The components that they refer to, and those of the events. */
  readonly schemas: Readonly<Record<string, JsonSchema>>;
}

/** The key of a route: its method, and its path in Fastify's notation. */
export const routeKey = (method: string, url: string): string => `${method} ${url}`;

/** Describes every operation by its definition alone, as the schema of a Fastify route. */
export const operationDocument = (operations: readonly DescribedOperation[]): OperationDocument => {
  const components: Components = new Map();
  const routes = new Map(
    operations.map((op) => {
      const route = restRouteOf(op);
      return [routeKey(route.method, fastifyPath(route.path)), describe(op, route, components)];
    }),
  );
  addEvents(components);
  return { routes, schemas: Object.fromEntries(components) };
};

const describe = (op: DescribedOperation, route: RestRoute, components: Components): RouteSchema => {
  const body = bodyOf(op, route, components);
  // Those of the ids stand at the parameters.
  const causes = causesBesideIds(op, route.placeholders);
  return {
    operationId: op.name,
    summary: op.summary,
    description: [
      op.description,
      ...(op.winsock.length === 0 ? [] : [`Winsock: ${op.winsock.join(', ')}.`]),
      ...(causes.length === 0 ? [] : [causesTable(causes)]),
    ].join('\n\n'),
    ...(op.page !== undefined && { externalDocs: { url: op.page } }),
    ...(route.placeholders.length > 0 && { params: parametersOf(op, route.placeholders, components) }),
    ...(op.rest?.query !== undefined && { querystring: parametersOf(op, op.rest.query, components) }),
    ...(body !== undefined && { body }),
    response: { ...successOf(op, components), ...problemResponses },
    'x-winsock-errors': namesByStatus(causes),
  };
};

/** The parameters in the path, or in the query. */
const parametersOf = (
  op: DescribedOperation,
  names: readonly string[],
  components: Components,
): JsonSchema => {
  const properties = names.map((name) => {
    // The id of the scope is not in the parameters of the operation.
    const schema = schemasOf(op)[name] ?? { type: 'string' };
    return [name, inlineSchema(components, `${capital(op.name)}${capital(name)}`, schema)];
  });
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    required: requiredOf(op).filter((name) => names.includes(name)),
  };
};

/** The parameters in the body; undefined if there are none. */
const bodyOf = (op: DescribedOperation, route: RestRoute, components: Components): JsonSchema | undefined => {
  const elsewhere = new Set([...route.placeholders, ...(op.rest?.query ?? [])]);
  const inBody = Object.entries(schemasOf(op)).filter(([name]) => !elsewhere.has(name));
  if (inBody.length === 0) return undefined;
  const required = requiredOf(op).filter((name) => !elsewhere.has(name));
  const { required: _all, ...schema } = asSchema(op.params);
  return addComponent(components, `${capital(op.name)}Request`, {
    ...schema,
    properties: Object.fromEntries(inBody),
    ...(required.length > 0 && { required }),
    ...(op.example?.params && { example: partOf(op.example.params, elsewhere) }),
  });
};

const partOf = (params: object, elsewhere: ReadonlySet<string>): JsonSchema =>
  Object.fromEntries(Object.entries(params).filter(([name]) => !elsewhere.has(name)));

const successOf = (op: DescribedOperation, components: Components): Record<string, JsonSchema> => {
  const example = op.example?.result;
  const schema = addComponent(components, `${capital(op.name)}Result`, asSchema(op.result));
  const content = { 'application/json': { schema, ...(example && { example }) } };
  const location = `The path of what was created${op.createsSometimes ? ', if it was' : ''}.`;
  const headers = op.created && { headers: { Location: { type: 'string', description: location } } };
  const status = successStatusOf(op);
  const description = status === 201 ? 'Created.' : 'Done.';
  return { [status]: { description, ...headers, content } };
};

// A TypeBox schema is a JSON Schema object, but its type does not allow its members to be listed.
const asSchema = (schema: object): JsonSchema => ({ ...schema });

const schemasOf = (op: DescribedOperation): Readonly<Record<string, JsonSchema>> =>
  Object.fromEntries(Object.entries(op.params.properties).map(([name, schema]) => [name, asSchema(schema)]));

const requiredOf = (op: DescribedOperation): readonly string[] => {
  const { required } = asSchema(op.params);
  return Array.isArray(required) ? required.map(String) : [];
};
