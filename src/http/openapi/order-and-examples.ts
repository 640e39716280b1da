import type { Chapter, DescribedOperation, ExampleRequest } from '../../operations/operation.js';
import type { JsonSchema } from '../schemas.js';

/** The operations of a document, by path and method. */
export type Paths = Readonly<Record<string, Readonly<Record<string, JsonSchema>>>>;

/**
 * The paths in the order of the operations, with chapters as tags, and with the example request of each
 * operation. Other routes follow in the order of their paths, with their own tags.
 */
export const inOrderWithExamples = (
  paths: Paths,
  chapters: readonly Chapter<DescribedOperation>[],
): Paths => {
  const places = placesOf(chapters);
  const placed = Object.entries(paths).map(([path, item]) => {
    const methods = Object.entries(item).map(([method, described]) => {
      const place = places.get(String(described.operationId));
      const documented = place ? withExample(described, place) : described;
      return { at: place?.at ?? places.size, method, described: documented };
    });
    methods.sort((a, b) => a.at - b.at);
    return {
      // At the place of its last operation, so that each example follows those that it needs.
      at: methods.at(-1)?.at ?? places.size,
      path,
      item: Object.fromEntries(methods.map(({ method, described }) => [method, described])),
    };
  });
  placed.sort((a, b) => a.at - b.at || (a.path < b.path ? -1 : 1));
  return Object.fromEntries(placed.map(({ path, item }) => [path, item]));
};

interface Place {
  readonly at: number;
  readonly tag: string;
  readonly op: DescribedOperation;
}

const placesOf = (chapters: readonly Chapter<DescribedOperation>[]): ReadonlyMap<string, Place> => {
  const all = chapters.flatMap(({ name: tag, operations }) => operations.map((op) => ({ tag, op })));
  return new Map(all.map(({ tag, op }, at) => [op.name, { at, tag, op }]));
};

const withExample = (described: JsonSchema, { tag, op }: Place): JsonSchema => ({
  ...described,
  tags: [tag],
  description: [described.description, exampleText(op)].filter(Boolean).join('\n\n'),
  ...withParameters(described, op),
  ...withBody(described, op),
});

/** A sentence with the sockets of the conversation that the example is for; undefined if it is for none. */
const exampleText = ({ example }: DescribedOperation): string | undefined => {
  if (example?.sockets === undefined) return undefined;
  const sockets = example.sockets.map((socket) => SOCKET[socket]).join(', ');
  const port = example.port && `; the port is that of ${SOCKET[example.port]}, from the answer of bind`;
  return `Example: for ${sockets}${port ?? ''}.`;
};

const SOCKET = {
  listener: 'the listener',
  client: 'the client',
  accepted: 'the accepted socket',
  datagram: 'the datagram socket',
} as const;

/** The parameters of path and query with the values of the example; a reader fills in the ids. */
const withParameters = ({ parameters }: JsonSchema, { example }: DescribedOperation): JsonSchema => {
  const given: JsonSchema = { ...example?.params };
  if (!Array.isArray(parameters)) return {};
  return {
    parameters: parameters.map((parameter: JsonSchema) => {
      const value = given[String(parameter.name)];
      return value === undefined ? parameter : { ...parameter, example: value };
    }),
  };
};

/** The body with several example requests. A single example stands in the schema of the body. */
const withBody = ({ requestBody, parameters }: JsonSchema, { example }: DescribedOperation): JsonSchema => {
  if (requestBody === undefined || example?.requests === undefined) return {};
  const elsewhere = Array.isArray(parameters) ? parameters.map(({ name }: JsonSchema) => String(name)) : [];
  const bodyOf = (params: object): JsonSchema =>
    Object.fromEntries(Object.entries(params).filter(([name]) => !elsewhere.includes(name)));
  const examples = mapped(example.requests, ({ summary, params }) => ({ summary, value: bodyOf(params) }));
  const { content, ...body } = Object(requestBody);
  const json = 'application/json';
  return { requestBody: { ...body, content: { ...content, [json]: { ...content[json], examples } } } };
};

const mapped = (
  requests: Readonly<Record<string, ExampleRequest<object>>>,
  to: (request: ExampleRequest<object>) => JsonSchema,
): JsonSchema => Object.fromEntries(Object.entries(requests).map(([name, request]) => [name, to(request)]));
