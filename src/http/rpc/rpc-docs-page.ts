import { code, escapeHtml, htmlPage, link, row, table } from '../html-page.js';
import { schemaRows, schemaText } from './rpc-docs-schemas.js';

/** A reference to a component of the document. */
interface Reference {
  readonly $ref: string;
}

/** A parameter, or the result. */
interface Content {
  readonly name: string;
  readonly required?: boolean;
  readonly schema: object;
}

interface Method {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  readonly tags?: readonly Reference[];
  readonly externalDocs?: { readonly url: string };
  readonly params: readonly Content[];
  readonly result: Content;
  readonly errors?: readonly Reference[];
  readonly 'x-refusals'?: readonly string[];
  readonly examples?: readonly Example[];
}

interface Example {
  readonly description?: string;
  readonly params: readonly { readonly name: string; readonly value: unknown }[];
  readonly result: { readonly value: unknown };
}

/** What the page shows of the OpenRPC document. */
interface OpenRpc {
  readonly info: { readonly description: string };
  readonly methods: readonly Method[];
  readonly components: {
    readonly schemas: Readonly<Record<string, object>>;
    readonly errors: Readonly<Record<string, { readonly code: number; readonly message: string }>>;
    readonly tags: Readonly<Record<string, { readonly description: string }>>;
  };
}

/**
 * The page at /docs/rpc: every method of the OpenRPC document, with its parameters, result, errors and
 * examples, and every schema. It has no script.
 *
 * @param openRpc the JSON text of the document
 */
export const rpcDocsPage = (openRpc: string): string => {
  // The daemon has made the document itself (open-rpc.ts); a test reads the page of it.
  const { info, methods, components } = JSON.parse(openRpc) as OpenRpc;
  const chapters = Object.entries(components.tags).map(([tag, { description }]) => {
    const links = methods.filter((method) => tagOf(method) === tag).map(({ name }) => link(name, name));
    return row([escapeHtml(tag), links.join(', '), inline(description)]);
  });
  return htmlPage(
    'Methods of JSON-RPC',
    [
      '<h1>Methods of JSON-RPC</h1>',
      `<p>${link('/docs', 'The same operations over REST')}, ${link('/openrpc.json', 'the OpenRPC document')}</p>`,
      HOW_TO_CALL,
      paragraphs(info.description),
      '<h2>Methods</h2>',
      table(['Chapter', 'Methods', 'About'], chapters),
      ...methods.map((method) => section(method, components.errors)),
      '<h2>Schemas</h2>',
      ...Object.entries(components.schemas).map(([name, schema]) => schemaSection(name, schema)),
    ].join('\n'),
  );
};

const HOW_TO_CALL = `<p>Send a request object to <code>POST /v1/rpc</code>, or an array of them; on a WebSocket
at <code>GET /v1/rpc</code> each message is one. A method has the name of its operation, and takes all
parameters by name, ids too. <code>URL</code> is that of this daemon, <code>TOKEN</code> your token:</p>
<pre>curl "$URL/v1/rpc" -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
  -d '{"jsonrpc": "2.0", "id": 1, "method": "startup", "params": {"version": "2.2"}}'</pre>`;

const section = (method: Method, errors: OpenRpc['components']['errors']): string => {
  const { name, summary, description, externalDocs, params, result } = method;
  const parameters = params.map((one) =>
    row([code(one.name), one.required ? 'required' : '', ofSchema(one)]),
  );
  return [
    `<section id="${escapeHtml(name)}"><h3>${escapeHtml(name)}</h3><p><b>${escapeHtml(summary)}</b></p>`,
    paragraphs(description),
    externalDocs === undefined ? '' : `<p>${link(externalDocs.url, 'Its page at Microsoft')}</p>`,
    params.length === 0 ? '<p>No parameters.</p>' : table(['Parameter', '', 'Value'], parameters),
    `<p>Result: ${schemaText(result.schema)}</p>`,
    `<p>Errors: ${errorsOf(method, errors) || 'none'}.</p>`,
    ...(method.examples ?? []).map((example) => exampleOf(name, example)),
    '</section>',
  ].join('\n');
};

/** The codes with their names; the refusals of the daemon itself have one code together. */
const errorsOf = (method: Method, errors: OpenRpc['components']['errors']): string => {
  const all = (method.errors ?? []).map(({ $ref }) => {
    const name = nameIn($ref);
    const number = errors[name]?.code ?? '';
    if (name !== REFUSED) return `${number} ${link(`/problems/${name}`, name)}`;
    const refusals = (method['x-refusals'] ?? []).map((refusal) => link(`/problems/${refusal}`, refusal));
    return `${number} refused by the daemon (${[...refusals, 'those of every request'].join(', ')})`;
  });
  return all.join(', ');
};

/** The error in the document that stands for all refusals. */
const REFUSED = 'refused';

const exampleOf = (method: string, { description, params, result }: Example): string => {
  const request = {
    ...{ jsonrpc: '2.0', id: 1, method },
    params: Object.fromEntries(params.map(({ name, value }) => [name, value])),
  };
  const response = { jsonrpc: '2.0', id: 1, result: result.value };
  const about = description === undefined ? 'Example' : `Example: ${inline(description)}`;
  return `<p>${about}</p>
<pre>${escapeHtml(JSON.stringify(request, undefined, 1))}
${escapeHtml(JSON.stringify(response, undefined, 1))}</pre>`;
};

const schemaSection = (name: string, schema: object): string =>
  [
    `<section id="${escapeHtml(name)}"><h3>${escapeHtml(name)}</h3><p>${ofSchema({ schema })}</p>`,
    table(
      ['Member', '', 'Value'],
      schemaRows(schema).map((one) => row([code(one.name), one.required ? 'required' : '', ofSchema(one)])),
    ),
    '</section>',
  ].join('\n');

const ofSchema = ({ schema }: Pick<Content, 'schema'>): string => {
  const { description }: { readonly description?: unknown } = { ...schema };
  const text = schemaText(schema);
  return typeof description === 'string' ? `${text}. ${inline(description)}` : text;
};

const tagOf = ({ tags = [] }: Method): string | undefined => tags.map(({ $ref }) => nameIn($ref))[0];

const nameIn = (ref: string): string => ref.slice(ref.lastIndexOf('/') + 1);

/** The Markdown of the descriptions has code and paragraphs only. */
const inline = (markdown: string): string => escapeHtml(markdown).replaceAll(/`([^`]+)`/g, '<code>$1</code>');

const paragraphs = (markdown: string): string =>
  markdown
    .split('\n\n')
    .map((one) => `<p>${inline(one)}</p>`)
    .join('\n');
