import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import test from 'node:test';
import { Ajv } from 'ajv';
import { CHAPTERS, OPERATIONS } from '../../../src/operations/list.js';
import { ID_OF_SCOPE, statedErrors } from '../../../src/operations/operation.js';
import { canBeProblem, WSA_ERRORS, type WsaName } from '../../../src/winsock/errors.js';
import { currentOpenRpc } from '../../../src/write-openapi.js';
import { build } from '../build.js';
import type { Body } from '../client.js';

// The types of both packages say of the documents only what they describe, not that they are there.
const packages = createRequire(import.meta.url);
const openRpcSchema: object = packages('@open-rpc/meta-schema').openrpcDocument;
const jsonSchema: object = packages('@json-schema-tools/meta-schema').jsonSchema;

const document = JSON.parse(currentOpenRpc());

test('openapi/openrpc.json is what the operations say; otherwise: npm run openapi', () => {
  const committed = readFileSync(new URL('../../../../openapi/openrpc.json', import.meta.url), 'utf8');
  assert.equal(committed.replaceAll('\r\n', '\n'), currentOpenRpc());
});

test('the document fits the meta-schema of OpenRPC', () => {
  // Both name the schema of schemas as their own schema; here one validates the other.
  const ajv = new Ajv({
    strict: false,
    validateSchema: false,
    formats: { uri: (text: string) => URL.canParse(text), regex: true, 'uri-reference': true },
  });
  ajv.addSchema(jsonSchema, 'https://meta.json-schema.tools');
  const validate = ajv.compile(openRpcSchema);
  assert.deepEqual([validate(document), validate.errors], [true, null]);
  assert.equal(validate({ ...document, methods: [{ name: 'withoutParams' }] }), false);
});

test('every operation is a method, in the order of the chapters, with every code that it states', () => {
  assert.deepEqual(
    document.methods.map(({ name }: Body) => name),
    [...OPERATIONS.map(({ name }) => name), 'batch'],
  );
  for (const [at, op] of OPERATIONS.entries()) {
    const named = (one: Body): string => one.$ref.replace('#/components/errors/', '');
    const codes = document.methods[at].errors.map(named).filter((name: string) => name !== 'refused');
    assert.deepEqual(new Set(codes), new Set([...statedErrors(op)].filter(canBeProblem)), op.name);
    for (const name of codes) {
      assert.equal(document.components.errors[name].code, WSA_ERRORS[name as WsaName].code);
    }
  }
});

test('required parameters come first, and the id of a session or socket is one', () => {
  for (const { name, params } of document.methods) {
    const required = params.map((one: Body) => one.required);
    assert.deepEqual(required, [...required].sort().reverse(), name);
    const op = OPERATIONS.find((one) => one.name === name);
    const id = ID_OF_SCOPE[op?.scope ?? 'daemon'];
    if (id !== '') assert.deepEqual([params[0].name, params[0].required], [id, true], name);
  }
});

test('every reference leads to a component, and every component is used', () => {
  const { schemas, errors, tags } = document.components;
  const there = Object.entries({ schemas, errors, tags }).flatMap(([kind, all]) =>
    Object.keys(all).map((name) => `#/components/${kind}/${name}`),
  );
  const used = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref);
  // The data of every error, as info.description says.
  assert.deepEqual([...new Set([...used, '#/components/schemas/Problem'])].sort(), there.sort());
});

test('an example gives parameters that its method has', () => {
  for (const { name, params, examples = [] } of document.methods) {
    for (const example of examples) {
      const given = example.params.map((one: Body) => one.name);
      for (const one of params) if (one.required) assert.ok(given.includes(one.name), `${name} ${one.name}`);
      const known = params.map((one: Body) => one.name);
      assert.deepEqual(
        given.filter((one: string) => !known.includes(one)),
        [],
        name,
      );
    }
  }
});

test('rpc.discover answers the same document, and takes no parameters', async (t) => {
  const { api } = await build(t, { chapters: CHAPTERS, operations: OPERATIONS });
  const call = { jsonrpc: '2.0', id: 'a', method: 'rpc.discover' };
  for (const params of [{}, { params: {} }]) {
    const { id, result } = await api.ok.post('/v1/rpc', { ...call, ...params });
    assert.equal(id, 'a');
    assert.deepEqual({ ...result, info: document.info }, document);
  }
  const { error } = await api.ok.post('/v1/rpc', { ...call, params: { version: '1.3' } });
  assert.equal(error.code, -32602);
  const other = await api.ok.post('/v1/rpc', { ...call, method: 'rpc.cancel' });
  assert.equal(other.error.code, -32601);
});
