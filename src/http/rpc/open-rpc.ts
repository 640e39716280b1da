import { parametersSchema } from '../../operations/dispatch/validation.js';
import { type Chapter, type DescribedOperation, ID_OF_SCOPE } from '../../operations/operation.js';
import { SESSION_ID, SOCKET_ID } from '../../operations/schemas/examples.js';
import { WSA_ERRORS, type WsaName } from '../../winsock/errors.js';
import { TITLE } from '../openapi/docs-page.js';
import { inLines } from '../openapi/openapi.js';
import { addComponent, type Components, capital, inlineSchema } from '../openapi/schema-components.js';
import { type Cause, ownCausesOf } from '../problems/causes.js';
import { type JsonSchema, SHARED_SCHEMAS } from '../schemas.js';
import { REFUSED } from './rpc-response.js';

const DESCRIPTION = `Winsock calls as methods of JSON-RPC 2.0. Begin with \`startup\`, create a socket in the
session, use it. Parameters have names. \`servers\` has the default port; use the port of your daemon.

\`data\` of an error is a problem document, the component Problem. A Windows Sockets error has its own number
as \`code\`. Every other refusal of the daemon is ${REFUSED}: \`data.type\` says which.`;

/** At this depth each method and each component has its own line. */
const LINE_DEPTH = 3;

/** The OpenRPC document of the operations, as it is committed and as `rpc.discover` answers it. */
export const openRpcText = (chapters: readonly Chapter<DescribedOperation>[], version: string): string =>
  inLines(openRpcDocument(chapters, version), LINE_DEPTH);

/** @see https://spec.open-rpc.org/ */
const openRpcDocument = (chapters: readonly Chapter<DescribedOperation>[], version: string): JsonSchema => {
  const schemas: Components = new Map();
  for (const name of ['ParameterError', 'Problem']) addComponent(schemas, name, SHARED_SCHEMAS[name] ?? {});
  const methods = chapters.flatMap(({ name, operations }) =>
    operations.map((op) => [op.name, methodOf(op, name, schemas)] as const),
  );
  return {
    openrpc: '1.3.2',
    info: {
      title: TITLE,
      version,
      description: DESCRIPTION,
      license: { name: 'MIT', url: 'https://opensource.org/license/mit' },
    },
    servers: [
      { name: 'default', url: 'http://localhost:10093/v1/rpc' },
      { name: 'WebSocket', url: 'ws://localhost:10093/v1/rpc' },
    ],
    methods: methods.map(([, method]) => method),
    components: {
      schemas: Object.fromEntries([...schemas].sort(byName)),
      errors: errorsOf(chapters.flatMap(({ operations }) => operations)),
      tags: Object.fromEntries(chapters.map(({ name, description }) => [name, { name, description }])),
    },
  };
};

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);

const methodOf = (op: DescribedOperation, tag: string, schemas: Components): JsonSchema => {
  const causes = ownCausesOf(op);
  const refusals = names(causes.filter(({ code }) => code === undefined));
  return {
    name: op.name,
    summary: op.summary,
    description:
      op.winsock.length === 0 ? op.description : `${op.description}\n\nWinsock: ${op.winsock.join(', ')}.`,
    tags: [{ $ref: `#/components/tags/${tag}` }],
    ...(op.page !== undefined && { externalDocs: { url: op.page } }),
    paramStructure: 'by-name',
    params: paramsOf(op, schemas),
    result: { name: 'result', schema: addComponent(schemas, `${capital(op.name)}Result`, { ...op.result }) },
    errors: [...names(causes.filter(({ code }) => code !== undefined)), 'refused'].map((name) => ({
      $ref: `#/components/errors/${name}`,
    })),
    // Beside those that any request can get.
    ...(refusals.length > 0 && { 'x-refusals': refusals }),
    ...examplesOf(op),
  };
};

/** Names that have several statuses occur once. */
const names = (causes: readonly Cause[]): readonly string[] => [...new Set(causes.map(({ name }) => name))];

const paramsOf = (op: DescribedOperation, schemas: Components): readonly JsonSchema[] => {
  const { properties, required } = parametersSchema(op);
  const isRequired = new Set<string>(required);
  const all = Object.entries(properties).map(([name, schema]) => ({
    name,
    required: isRequired.has(name),
    schema: inlineSchema(schemas, `${capital(op.name)}Request${capital(name)}`, { ...schema }),
  }));
  // The specification wants the required ones first.
  return [...all.filter((one) => one.required), ...all.filter((one) => !one.required)];
};

/** The examples that succeed. */
const examplesOf = ({ example, scope }: DescribedOperation): JsonSchema => {
  const id = { '': {}, sessionId: { sessionId: SESSION_ID }, socketId: { socketId: SOCKET_ID } };
  const result = example?.result;
  if (result === undefined) return {};
  const requests = Object.entries(example?.requests ?? { example: { params: { ...example?.params } } });
  return {
    examples: requests
      .filter(([, request]) => !('refused' in request))
      .map(([name, { params, ...more }]) => ({
        name,
        ...('summary' in more && { description: more.summary }),
        params: Object.entries({ ...id[ID_OF_SCOPE[scope]], ...params }).map(([of, value]) => ({
          name: of,
          value,
        })),
        result: { name: 'result', value: result },
      })),
  };
};

/** Every code that a method states, by its name, and that of the daemon's own refusals. */
const errorsOf = (operations: readonly DescribedOperation[]): JsonSchema => {
  const stated = new Set(
    operations.flatMap(ownCausesOf).flatMap(({ name, code }) => (code === undefined ? [] : [name])),
  );
  // Causes with a code have the name of one.
  const errors = ([...stated] as WsaName[]).map((name) => {
    const { code, meaning } = WSA_ERRORS[name];
    return [name, { code, message: meaning }] as const;
  });
  return {
    ...Object.fromEntries(errors.sort(byName)),
    refused: { code: REFUSED, message: 'The daemon itself refuses the call; data.type says why.' },
  };
};
