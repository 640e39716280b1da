import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import test from 'node:test';
import { causesOf } from '../../../src/http/problems/causes.js';
import { restRouteOf } from '../../../src/http/rest/rest-route.js';
import { EVENT_KINDS } from '../../../src/operations/journal/event-feed.js';
import { CHAPTERS, OPERATIONS } from '../../../src/operations/list.js';
import { statedErrors } from '../../../src/operations/operation.js';
import { canBeProblem, WSA_ERRORS, type WsaName } from '../../../src/winsock/errors.js';
import { currentOpenApi } from '../../../src/write-openapi.js';
import { build } from '../build.js';
import type { Body } from '../client.js';
import { clientRuleViolations } from './client-rules.js';

const document = JSON.parse(await currentOpenApi());

test('openapi/openapi.json fits the operations; if not, run npm run openapi', async () => {
  const committed = readFileSync(new URL('../../../../openapi/openapi.json', import.meta.url), 'utf8');
  assert.equal(committed.replaceAll('\r\n', '\n'), await currentOpenApi());
});

test('the document follows the rules for generated clients', () => {
  assert.deepEqual(clientRuleViolations(document), []);
});

/** So small that a person can read through a generated client. */
const MOST_BYTES = 200_000;

test(`the committed document has at most ${MOST_BYTES} bytes`, () => {
  const { size } = statSync(new URL('../../../../openapi/openapi.json', import.meta.url));
  const tooMany = size - MOST_BYTES;
  assert.ok(tooMany <= 0, `openapi.json has ${size} bytes, ${tooMany} too many: shorten descriptions`);
});

test('an operation has one success status, and one response for all problems', () => {
  for (const [path, item] of Object.entries<Body>(document.paths)) {
    for (const [method, { responses }] of Object.entries<Body>(item)) {
      const [status, ...others] = Object.keys(responses);
      assert.match(String(status), /^2\d\d$/, `${method} ${path}`);
      assert.deepEqual(others, ['default'], `${method} ${path}`);
      assert.deepEqual(responses.default, { $ref: '#/components/responses/AnyProblem' });
    }
  }
  const { content } = document.components.responses.AnyProblem;
  assert.deepEqual(content, {
    'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
  });
});

test('every enumeration is a component, and no two have the same members', () => {
  const { schemas, ...others } = document.components;
  const enumsIn = (node: unknown): string[] => {
    if (typeof node !== 'object' || node === null) return [];
    const own = 'enum' in node && Array.isArray(node.enum) ? [node.enum.join()] : [];
    return [...own, ...Object.values(node).flatMap(enumsIn)];
  };
  const named = Object.values<Body>(schemas).flatMap((schema) => (schema.enum ? [schema.enum.join()] : []));
  assert.deepEqual(enumsIn({ ...document.paths, ...schemas, ...others }).sort(), named.sort());
  assert.equal(new Set(named).size, named.length);
});

test('a body without required members is optional; the example of a blocking call has a time limit', () => {
  for (const op of OPERATIONS) {
    const { method, path } = restRouteOf(op);
    const { requestBody } = document.paths[path][method.toLowerCase()];
    if (!requestBody) continue;
    const { $ref } = requestBody.content['application/json'].schema;
    const { required, example } = document.components.schemas[$ref.replace('#/components/schemas/', '')];
    assert.equal(requestBody.required, required !== undefined, op.name);
    if (op.blocking && example) assert.equal(typeof example.timeoutMs, 'number', op.name);
  }
});

/** The parameters of an operation, with those that are components. */
const parametersOf = ({ parameters = [] }: Body): Body[] =>
  parameters.map((one: Body) => document.components.parameters[one.$ref?.split('/').at(-1)] ?? one);

/** Statuses and names of an operation, of a parameter or of the document. */
const listedErrors = (of: Body): string[] =>
  Object.entries<string[]>(of['x-winsock-errors'] ?? {}).flatMap(([status, names]) =>
    names.map((name) => `${status} ${name}`),
  );

/** The statuses and problems that the text of an operation has in a table, that of a parameter in a line. */
const rowsOf = ({ description = '' }: Body): { statuses: string[]; problems: string }[] =>
  [
    ...description.matchAll(/^\| ([\d, ]+) \| (.+) \|$/gm),
    ...description.matchAll(/(?:Problems: |; )([\d, ]+) ([^;]+)/g),
  ].map(([, statuses, problems]) => ({ statuses: statuses.split(', '), problems }));

test('every operation is in the document at its route, with every code that it states', () => {
  for (const op of OPERATIONS) {
    const { method, path } = restRouteOf(op);
    const described = document.paths[path]?.[method.toLowerCase()];
    assert.equal(described?.operationId, op.name);
    const parameters = parametersOf(described);
    const causes = causesOf(op);
    const errors = [described, ...parameters, document].flatMap(listedErrors);
    assert.deepEqual(errors.sort(), causes.map(({ name, status }) => `${status} ${name}`).sort(), op.name);
    const stated = causes.filter(({ code }) => code !== undefined);
    assert.deepEqual(
      new Set(stated.map(({ name }) => name)),
      new Set([...statedErrors(op)].filter(canBeProblem)),
      op.name,
    );
    const rows = [described, ...parameters].flatMap(rowsOf);
    for (const { name, status, why } of stated) {
      assert.equal(document['x-winsock-codes'][name], WSA_ERRORS[name as WsaName].code);
      const text = why === undefined ? name : `${name} (${why})`;
      const isShown = rows.some(
        ({ statuses, problems }) =>
          statuses.includes(String(status)) &&
          new RegExp(`\\b${name}\\b`).test(problems) &&
          problems.includes(text),
      );
      assert.ok(isShown, `${op.name} ${status} ${text}`);
    }
    for (const [, placeholder] of path.matchAll(/\{(\w+)\}/g)) {
      const found = parameters.filter((one) => one.name === placeholder && one.in === 'path');
      assert.equal(found.length, 1);
    }
  }
});

test('every reference is to a component, and every component is referred to', () => {
  const text = JSON.stringify(document);
  const used = new Set([...text.matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name));
  assert.deepEqual([...used].sort(), Object.keys(document.components.schemas).sort());
});

test('parameters of several operations are components, and every one of them is used', () => {
  const { parameters } = document.components;
  const names = ['after', 'cursor', 'limit', 'sessionId', 'socketId', 'timeoutMs'];
  assert.deepEqual(Object.keys(parameters).sort(), names);
  const used = [...JSON.stringify(document.paths).matchAll(/#\/components\/parameters\/(\w+)/g)];
  for (const name of Object.keys(parameters)) {
    assert.ok(used.filter(([, one]) => one === name).length > 1, name);
  }
  // A filter of listFaults has the name of an id in paths, and stays what it is.
  const [filter] = document.paths['/v1/sessions/{sessionId}/faults'].get.parameters;
  assert.deepEqual([filter.in, filter.name, filter.required], ['query', 'socketId', undefined]);
});

test('the data of every event has a schema', () => {
  const data = document.paths['/v1/events'].get['x-event-data'];
  assert.deepEqual(Object.keys(data).sort(), [...EVENT_KINDS, 'gap'].sort());
  for (const { $ref } of Object.values<{ $ref: string }>(data)) {
    const { type, properties } = document.components.schemas[$ref.replace('#/components/schemas/', '')];
    assert.deepEqual([type, properties !== undefined], ['object', true], $ref);
  }
});

test('the document is served without a token', async (t) => {
  const { api } = await build(t, { chapters: CHAPTERS, operations: OPERATIONS });
  const served = await api.as(undefined).ok.get('/openapi.json');
  assert.deepEqual({ ...served, info: document.info }, document);
  assert.deepEqual(served.components.securitySchemes, { bearer: { type: 'http', scheme: 'bearer' } });
});

const planted = (schema: unknown): unknown => ({ paths: {}, components: { schemas: { Planted: schema } } });
const object = (property: unknown): unknown => planted({ type: 'object', properties: { property } });

// biome-ignore format: one case a line
const VIOLATIONS: readonly [string, unknown][] = [
  ['a choice', object({ oneOf: [{ type: 'string' }, { type: 'boolean' }] })],
  ['an anyOf', planted({ anyOf: [{ type: 'string' }] })],
  ['an allOf', object({ allOf: [{ $ref: '#/components/schemas/Planted' }] })],
  ['a list of types', object({ type: ['string', 'null'] })],
  ['a nullable', object({ type: 'string', nullable: true })],
  ['a null', object({ type: 'null' })],
  ['an enum without a type', object({ enum: ['a'] })],
  ['an enum of numbers', object({ type: 'integer', format: 'int32', enum: [1] })],
  ['a member with a taken name', planted({ type: 'string', enum: ['client'] })],
  ['an object without a name', object({ type: 'object', properties: {} })],
  ['an object without a name in a list', object({ type: 'array', items: { type: 'object' } })],
  ['an integer without a size', object({ type: 'integer' })],
  ['a list without items', object({ type: 'array' })],
  ['an operation without an id', { paths: { '/x': { get: { responses: { 200: {}, default: { content: { 'application/problem+json': {} } } } } } } }],
  ['two results', { paths: { '/x': { get: { operationId: 'x', responses: { 200: {}, 201: { content: { 'application/json': { schema: { type: 'string' } } } }, default: { content: { 'application/problem+json': {} } } } } } } }],
  ['a problem in plain JSON', { paths: { '/x': { get: { operationId: 'x', responses: { 200: {}, default: { content: { 'application/json': {} } } } } } } }],
  ['no default', { paths: { '/x': { get: { operationId: 'x', responses: { 200: {} } } } } }],
];

for (const [name, violation] of VIOLATIONS) {
  test(`the rules find ${name}`, () => assert.notDeepEqual(clientRuleViolations(violation), []));
}
