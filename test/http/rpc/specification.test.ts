/** The examples of https://www.jsonrpc.org/specification#examples, with methods that there are here. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { build } from '../build.js';
import type { Body } from '../client.js';

/** A request, and the code or the result that each part of its answer has; undefined: no answer. */
interface Example {
  readonly what: string;
  readonly sent: unknown;
  readonly answer: Expected | readonly Expected[] | undefined;
}

interface Expected {
  readonly id: string | number | null;
  readonly code?: number;
  readonly message?: string;
  readonly result?: object;
}

const startup = { jsonrpc: '2.0', method: 'startup' };
const PARSE_ERROR = { code: -32700, message: 'Parse error', id: null };
const INVALID = { code: -32600, message: 'Invalid Request', id: null };
const NO_METHOD = { code: -32601, message: 'Method not found' };

const EXAMPLES: readonly Example[] = [
  {
    what: 'a call with positional parameters, which no method here takes',
    sent: { ...startup, params: [42, 23], id: 1 },
    answer: { code: -32602, message: 'Invalid params', id: 1 },
  },
  {
    what: 'a call with named parameters',
    sent: { ...startup, params: { version: '2.2', leaseSeconds: 60 }, id: 3 },
    answer: { result: { sessionId: 'ses_1' }, id: 3 },
  },
  {
    what: 'a call with named parameters in another order',
    sent: { id: 4, params: { leaseSeconds: 60, version: '2.2' }, method: 'startup', jsonrpc: '2.0' },
    answer: { result: { sessionId: 'ses_1' }, id: 4 },
  },
  { what: 'a notification', sent: startup, answer: undefined },
  { what: 'a notification of no method', sent: { jsonrpc: '2.0', method: 'foobar' }, answer: undefined },
  {
    what: 'a call of no method',
    sent: { jsonrpc: '2.0', method: 'foobar', id: '1' },
    answer: { ...NO_METHOD, id: '1' },
  },
  {
    what: 'a call with invalid JSON',
    sent: '{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]',
    answer: PARSE_ERROR,
  },
  {
    what: 'a call with an invalid request object',
    sent: { jsonrpc: '2.0', method: 1, params: 'bar' },
    answer: INVALID,
  },
  {
    what: 'an array, invalid JSON',
    sent: '[{"jsonrpc": "2.0", "method": "startup", "params": {}, "id": "1"}, {"jsonrpc": "2.0", "method"]',
    answer: PARSE_ERROR,
  },
  { what: 'an empty array', sent: [], answer: INVALID },
  { what: 'an array that is invalid, but not empty', sent: [1], answer: [INVALID] },
  { what: 'an invalid array', sent: [1, 2, 3], answer: [INVALID, INVALID, INVALID] },
  {
    what: 'an array',
    sent: [
      { ...startup, params: { version: '2.2' }, id: '1' },
      startup,
      { ...startup, params: [42, 23], id: '2' },
      { foo: 'boo' },
      { jsonrpc: '2.0', method: 'foo.get', params: { name: 'myself' }, id: '5' },
      { ...startup, id: '9' },
    ],
    answer: [
      { result: { sessionId: 'ses_1' }, id: '1' },
      { code: -32602, id: '2' },
      INVALID,
      { ...NO_METHOD, id: '5' },
      { result: { sessionId: 'ses_1' }, id: '9' },
    ],
  },
  { what: 'an array of notifications', sent: [startup, startup], answer: undefined },
];

const check = (body: Body, { id, code, message, result }: Expected): void => {
  assert.equal(body.jsonrpc, '2.0');
  assert.equal(body.id, id);
  assert.deepEqual(
    Object.keys(body).sort(),
    [code === undefined ? 'result' : 'error', 'id', 'jsonrpc'].sort(),
  );
  assert.deepEqual(body.result, result);
  assert.equal(body.error?.code, code);
  if (message !== undefined) assert.equal(body.error.message, message);
  if (code !== undefined) assert.match(body.error.data.type, /^\/problems\//);
};

for (const { what, sent, answer } of EXAMPLES) {
  test(what, async (t) => {
    const { api } = await build(t, {
      answers: { startup: () => ({ answer: { ok: true, value: { sessionId: 'ses_1' } } }) },
    });
    const { status, body, headers } = await api.post('/v1/rpc', sent);
    if (answer === undefined) {
      assert.deepEqual([status, body, headers['content-type']], [204, '', undefined]);
      return;
    }
    assert.equal(status, 200);
    assert.match(String(headers['content-type']), /^application\/json\b/);
    const [bodies, expected] = Array.isArray(answer) ? [body, answer] : [[body], [answer]];
    assert.equal(bodies.length, expected.length);
    for (const [at, one] of expected.entries()) check(bodies[at], one);
  });
}
