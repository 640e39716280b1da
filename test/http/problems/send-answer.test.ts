import assert from 'node:assert/strict';
import test from 'node:test';
import { answerFields } from '../../../src/http/headers.js';
import { build } from '../build.js';

const CLOSE = '/v1/sockets/sck_1/close';

test('an answer that bypasses Fastify has the header fields of one that does not', async (t) => {
  let faults: readonly string[] = [];
  const { api } = await build(t, { answers: { close: () => ({ faults }) } });
  const bypassing = await api.post(CLOSE);
  faults = ['flt_1'];
  const viaFastify = await api.post(CLOSE);
  assert.deepEqual([bypassing.status, viaFastify.status], [200, 200]);
  assert.equal(bypassing.headers['winsockd-fault'], undefined);
  assert.equal(viaFastify.headers['winsockd-fault'], 'flt_1');
  const common = ({ headers }: typeof bypassing): object => {
    const { 'winsockd-fault': _fault, 'x-request-id': id, date, ...others } = headers;
    assert.match(String(id), /^req-/);
    assert.ok(date);
    return others;
  };
  assert.deepEqual(common(bypassing), common(viaFastify));
  const { 'x-request-id': requestId, 'server-timing': timing } = bypassing.headers;
  for (const [name, value] of Object.entries(answerFields(String(requestId), String(timing)))) {
    assert.equal(bypassing.headers[name], value, name);
  }
});
