import assert from 'node:assert/strict';
import test from 'node:test';
import { REFUSALS, type RefusalName } from '../../../src/daemon/answers/refusals.js';
import { problemOf } from '../../../src/http/problems/problem.js';
import { errorText, REFUSED } from '../../../src/http/rpc/rpc-response.js';
import { fail } from '../../../src/winsock/outcome.js';

const OF_THE_SPECIFICATION: Readonly<Partial<Record<RefusalName, number>>> = {
  'malformed-json': -32700,
  'invalid-request': -32600,
  'unknown-method': -32601,
  validation: -32602,
  internal: -32603,
};

// Object.keys loses the names of the keys.
for (const refusal of Object.keys(REFUSALS) as RefusalName[]) {
  test(`the code of ${refusal}; data is the whole problem`, () => {
    const problem = problemOf({ ok: false, refusal, detail: 'Why.' }, { requestId: 'req-1' });
    const { id, error } = JSON.parse(errorText('a', problem));
    assert.equal(id, 'a');
    assert.equal(error.code, OF_THE_SPECIFICATION[refusal] ?? REFUSED);
    assert.deepEqual(error.data, JSON.parse(JSON.stringify(problem.document)));
  });
}

test('a WSA failure has its own number, and the meaning of the code as its message', () => {
  const problem = problemOf(fail('WSAENOTCONN', 'send'), { requestId: 'req-1' });
  const { error } = JSON.parse(errorText(7, problem));
  assert.equal(error.code, 10057);
  assert.equal(error.message, problem.document.title);
  assert.equal(error.data.name, 'WSAENOTCONN');
});
