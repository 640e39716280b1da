/** Whatever JSON comes as a batch or a request object, the daemon answers it, and never with a bug. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { build } from '../build.js';
import type { Body } from '../client.js';

const name = fc.constantFrom('startup', 'close', 'getSockOpt', 'batch', 'rpc.discover', 'constructor', '');
const text = fc.constantFrom('a', 'b', '/a', '/a/x', '/a/0', 'a/x', '/toString', 'WSAENOTCONN', '2.0', '~');
const value = fc.oneof(text, fc.integer({ min: -2, max: 12_000 }), fc.constant(null), fc.boolean());
const reference = fc.record({ $result: value }, { requiredKeys: [] });
const params = fc.dictionary(
  fc.constantFrom('socketId', 'sessionId', 'x', '$result', '', 'constructor'),
  fc.oneof(value, reference, fc.array(reference, { maxLength: 3 })),
  { maxKeys: 4 },
);
const step = fc.record(
  {
    id: fc.oneof(fc.constantFrom('a', 'b'), value),
    operation: name,
    params: fc.oneof({ weight: 5, arbitrary: params }, { weight: 1, arbitrary: value }),
    expectError: text,
    expect: fc.dictionary(text, value, { maxKeys: 2 }),
    repeat: fc.integer({ min: 0, max: 20 }),
  },
  { requiredKeys: ['operation'] },
);
const batch = fc.record(
  {
    steps: fc.array(step, { maxLength: 5 }),
    onError: fc.constantFrom('stop', 'continue', 'cleanup', 'other'),
    timeoutMs: fc.integer({ min: 0, max: 1000 }),
  },
  { requiredKeys: ['steps'] },
);
const requestObject = fc.record(
  {
    jsonrpc: fc.constantFrom('2.0', '2.0', '2.0', 2),
    id: value,
    method: name,
    params: fc.oneof(params, batch, value),
  },
  { requiredKeys: ['jsonrpc'] },
);
const RUNS = { numRuns: 400 };

test('batches', async (t) => {
  const { api, logged } = await build(t);
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        batch,
        batch,
        fc.json().map((json) => JSON.parse(json)),
      ),
      async (document) => {
        // Lone surrogates and the like are refused by the parser, which has its own tests.
        const { status, body } = await api.post('/v1/batch', document);
        assert.ok(status === 200 || status === 400, `${status}`);
        if (status === 200) assert.equal(body.steps.length, document.steps.length);
      },
    ),
    RUNS,
  );
  assert.doesNotMatch(logged.join(''), /failed by a bug/);
});

test('request objects, alone and in arrays', async (t) => {
  const { api, logged } = await build(t);
  const sent = fc.oneof(requestObject, fc.array(fc.oneof(requestObject, value), { maxLength: 5 }));
  const isResponse = ({ jsonrpc, id, result, error }: Body): boolean =>
    jsonrpc === '2.0' && id !== undefined && (result === undefined) !== (error === undefined);
  await fc.assert(
    fc.asyncProperty(sent, async (given) => {
      const { status, body } = await api.post('/v1/rpc', given);
      if (status === 204) return;
      assert.equal(status, 200);
      const responses: Body[] = Array.isArray(body) ? body : [body];
      assert.ok(responses.every(isResponse), JSON.stringify(body));
      assert.ok(!JSON.stringify(body).includes('-32603'), JSON.stringify(body));
    }),
    RUNS,
  );
  assert.doesNotMatch(logged.join(''), /failed by a bug/);
});
