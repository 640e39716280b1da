import type { Chapter, DescribedOperation, ExampleRequest } from '../../operations/operation.js';
import type { JsonSchema } from '../schemas.js';

/** The operations of a document, by path and method. */
export type Paths = Readonly<Record<string, Readonly<Record<string, JsonSchema>>>>;

/**
 * The same document as a conversation: chapters are tags, paths stand in the order of the operations, and each
 * operation has its example request. What is no operation comes behind, by its path, with the tag that it has.
 */
export const asConversation = (paths: Paths, chapters: readonly Chapter<DescribedOperation>[]): Paths => {
  const places = placesOf(chapters);
  const placed = Object.entries(paths).map(([path, item]) => {
    const methods = Object.entries(item).map(([method, described]) => {
      const place = places.get(String(described.operationId));
      return { at: place?.at ?? places.size, method, described: place ? shown(described, place) : described };
    });
    methods.sort((a, b) => a.at - b.at);
    return {
      // With its last operation: nothing is shown before what its example needs.
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

const shown = (described: JsonSchema, { tag, op }: Place): JsonSchema => ({
  ...described,
  tags: [tag],
  description: [described.description, exampleText(op)].filter(Boolean).join('\n\n'),
  ...withParameters(described, op),
  ...withBody(described, op),
});

/** For which sockets of the conversation the example is, where it names one. */
const exampleText = ({ example }: DescribedOperation): string | undefined => {
  if (example?.sockets === undefined) return undefined;
  const sockets = example.sockets.map((socket) => SOCKET[socket]).join(', ');
  const port = example.port && `; the port is that of ${SOCKET[example.port]}, from the answer of bind`;
  return `Example: for ${sockets}${port ?? ''}.`;
};

const SOCKET = {
  listener: 'the listener',
  client: 'the client',
  accepted: 'the socket that accept gave',
  datagram: 'the datagram socket',
} as const;

/** Parameters of path and query; ids are left to be pasted. */
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

/** Where one request does not show it; a single example is that of the schema. */
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
