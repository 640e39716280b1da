import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { restRouteOf } from '../../../src/http/rest/rest-route.js';
import { EVENT_KINDS } from '../../../src/operations/journal/event-feed.js';
import { CHAPTERS, OPERATIONS } from '../../../src/operations/list.js';
import { statedErrors } from '../../../src/operations/operation.js';
import { currentOpenApi } from '../../../src/write-openapi.js';
import { build } from '../build.js';
import { clientRuleViolations } from './client-rules.js';

const document = JSON.parse(await currentOpenApi());

test('openapi/openapi.json is what the operations say; otherwise: npm run openapi', async () => {
  const committed = readFileSync(new URL('../../../../openapi/openapi.json', import.meta.url), 'utf8');
  assert.equal(committed.replaceAll('\r\n', '\n'), await currentOpenApi());
});

test('the document keeps the rules for generated clients', () => {
  assert.deepEqual(clientRuleViolations(document), []);
});

test('every operation is in it once, at its route, with every code that it states', () => {
  for (const op of OPERATIONS) {
    const { method, path } = restRouteOf(op);
    const described = document.paths[path]?.[method.toLowerCase()];
    assert.equal(described?.operationId, op.name);
    const text = JSON.stringify(described.responses);
    for (const name of statedErrors(op)) assert.ok(text.includes(`"${name}"`), `${op.name} ${name}`);
    for (const [status, response] of Object.entries<{ content: Record<string, { examples?: object }> }>(
      described.responses,
    )) {
      const examples = response.content['application/problem+json']?.examples ?? {};
      for (const { value } of Object.values(examples)) assert.equal(String(value.status), status);
    }
    for (const placeholder of path.matchAll(/\{(\w+)\}/g)) {
      const found = described.parameters.filter(
        (one: { name: string; in: string }) => one.name === placeholder[1] && one.in === 'path',
      );
      assert.equal(found.length, 1);
    }
  }
});

test('every reference leads to a component, and every component is used', () => {
  const text = JSON.stringify(document);
  const used = new Set([...text.matchAll(/#\/components\/schemas\/(\w+)/g)].map((match) => match[1]));
  assert.deepEqual([...used].sort(), Object.keys(document.components.schemas).sort());
});

test('the data of every event has a schema', () => {
  const data = document.paths['/v1/events'].get['x-event-data'];
  assert.deepEqual(Object.keys(data).sort(), [...EVENT_KINDS, 'gap'].sort());
  for (const { $ref } of Object.values<{ $ref: string }>(data)) {
    const { type, properties } = document.components.schemas[$ref.replace('#/components/schemas/', '')];
    assert.deepEqual([type, properties !== undefined], ['object', true], $ref);
  }
});

test('it is served to everybody, as the same document', async (t) => {
  const { api } = await build(t, { chapters: CHAPTERS, operations: OPERATIONS });
  const served = await api.as(undefined).ok.get('/openapi.json');
  assert.deepEqual({ ...served, info: document.info }, document);
  assert.deepEqual(served.components.securitySchemes, { bearer: { type: 'http', scheme: 'bearer' } });
});

const planted = (schema: unknown): unknown => ({ paths: {}, components: { schemas: { Planted: schema } } });
const object = (property: unknown): unknown => planted({ type: 'object', properties: { property } });

// biome-ignore format: one case a line
const BAD: readonly [string, unknown][] = [
  ['a choice', object({ oneOf: [{ type: 'string' }, { type: 'boolean' }] })],
  ['an anyOf', planted({ anyOf: [{ type: 'string' }] })],
  ['an allOf', object({ allOf: [{ $ref: '#/components/schemas/Planted' }] })],
  ['a list of types', object({ type: ['string', 'null'] })],
  ['a nullable', object({ type: 'string', nullable: true })],
  ['a null', object({ type: 'null' })],
  ['an enum without a type', object({ enum: ['a'] })],
  ['an enum of numbers', object({ type: 'integer', format: 'int32', enum: [1] })],
  ['an object without a name', object({ type: 'object', properties: {} })],
  ['an object without a name in a list', object({ type: 'array', items: { type: 'object' } })],
  ['an integer without a size', object({ type: 'integer' })],
  ['a list without items', object({ type: 'array' })],
  ['an operation without an id', { paths: { '/x': { get: { responses: { 200: {}, default: { content: { 'application/problem+json': {} } } } } } } }],
  ['two results', { paths: { '/x': { get: { operationId: 'x', responses: { 200: {}, 201: { content: { 'application/json': { schema: { type: 'string' } } } }, default: { content: { 'application/problem+json': {} } } } } } } }],
  ['a problem in plain JSON', { paths: { '/x': { get: { operationId: 'x', responses: { 200: {}, default: { content: { 'application/json': {} } } } } } } }],
  ['no default', { paths: { '/x': { get: { operationId: 'x', responses: { 200: {} } } } } }],
];

for (const [name, bad] of BAD) {
  test(`the rules find ${name}`, () => assert.notDeepEqual(clientRuleViolations(bad), []));
}
