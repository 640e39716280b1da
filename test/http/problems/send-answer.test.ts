import assert from 'node:assert/strict';
import test from 'node:test';
import { ANSWER_HEADERS } from '../../../src/http/headers.js';
import { build } from '../build.js';

const CLOSE = '/v1/sockets/sck_1/close';

test('a plain answer has the fields of one with more to say, and the same values', async (t) => {
  let faults: readonly string[] = [];
  const { api } = await build(t, { answers: { close: () => ({ faults }) } });
  const plain = await api.post(CLOSE);
  faults = ['flt_1'];
  const faulty = await api.post(CLOSE);
  assert.deepEqual([plain.status, faulty.status], [200, 200]);
  assert.deepEqual([plain.headers['winsockd-fault'], faulty.headers['winsockd-fault']], [undefined, 'flt_1']);
  const common = ({ headers }: typeof plain): object => {
    const { 'winsockd-fault': _fault, 'x-request-id': id, date, ...others } = headers;
    assert.match(String(id), /^req-/);
    assert.ok(date);
    return others;
  };
  assert.deepEqual(common(plain), common(faulty));
  for (const [name, value] of Object.entries(ANSWER_HEADERS)) assert.equal(plain.headers[name], value, name);
});
