import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import openapiTypescript, { astToString } from 'openapi-typescript';
import { CHECKOUT } from '../../project/checkout.js';

/** The module of the TypeScript client that is written from the documents of the daemon, from the checkout's root. */
export const TYPES = 'clients/typescript/src/core/operations.gen.ts';

/** What the client uses beside the parameters and results of its calls. */
const MORE = [
  ...['About', 'Problem', 'EventKind', 'OperationEvent', 'UndeliveredEvent', 'StateEvent'],
  ...['SessionEvent', 'RelayEvent', 'GapEvent'],
];

interface Method {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  readonly params: readonly { readonly name: string; readonly required?: boolean; readonly schema: object }[];
  readonly result: { readonly schema: object };
}

type Schemas = Readonly<Record<string, object>>;

/**
 * Its text: one interface with all operations, and the schemas that they need. The schemas are those of
 * openapi.json; which parameters an operation takes by their names, openrpc.json says.
 */
export const operationTypes = async (): Promise<string> => {
  const all: Schemas = read('openapi.json').components.schemas;
  const methods: readonly Method[] = read('openrpc.json').methods;
  const operations = {
    type: 'object',
    description: 'Every operation of the daemon, by its name.',
    required: methods.map(({ name }) => name),
    properties: Object.fromEntries(methods.map((method) => [method.name, ofMethod(method)])),
  };
  const schemas = { Operations: operations, ...reached(all, operations) };
  const document = {
    openapi: '3.1.0',
    info: { title: 'winsockd', version: '1' },
    paths: {},
    components: { schemas },
  };
  const text = JSON.stringify(document);
  const nodes = await openapiTypescript(text, {
    rootTypes: true,
    rootTypesNoSchemaPrefix: true,
    defaultNonNullable: false,
    immutable: true,
    silent: true,
  });
  // The short names of the schemas, which are at the end of the file, in place of the long ones.
  const [types = '', names = ''] = astToString(nodes).replace(EMPTY, '').split(NAMES);
  const written = types.replace(/components\["schemas"\]\["(\w+)"\]/g, '$1');
  return `${HEAD}${written}\n${names}`;
};

const HEAD =
  '/** Written by `node dist/test/clients/typescript/write-types.js` from the documents in openapi/. */\n';

/** What openapi-typescript writes of the parts that this document does not have. */
const EMPTY =
  /^export (?:type (?:paths|webhooks|operations|\$defs) = Record<string, never>;\n)|^ {4}(?:responses|parameters|requestBodies|headers|pathItems): never;\n/gm;

/** Where the short names begin. */
const NAMES = /(?<=^})\n(?=export type)/m;

const ofMethod = ({ summary, description, params, result }: Method): object => ({
  type: 'object',
  description: `${summary}\n\n${description}`,
  required: ['params', 'result'],
  properties: {
    params: {
      type: 'object',
      required: params.filter(({ required }) => required).map(({ name }) => name),
      properties: Object.fromEntries(params.map(({ name, schema }) => [name, schema])),
      additionalProperties: false,
    },
    result: result.schema,
  },
});

/** The schemas that a schema refers to, and those that they refer to. */
const reached = (all: Schemas, from: object): Schemas => {
  const names = new Set([...MORE, ...referred(from)]);
  for (const name of names) for (const further of referred(all[name] ?? {})) names.add(further);
  return Object.fromEntries(Object.entries(all).filter(([name]) => names.has(name)));
};

const referred = (schema: object): readonly string[] =>
  [...JSON.stringify(schema).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name = '']) => name);

const read = (name: string) => JSON.parse(readFileSync(join(CHECKOUT, 'openapi', name), 'utf8'));
