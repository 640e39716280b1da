import assert from 'node:assert/strict';
import test from 'node:test';
import { MOST_OF_ID, MOST_REQUESTS, readRpcRequest, wrongArray } from '../../../src/http/rpc/rpc-request.js';

const request = { jsonrpc: '2.0', method: 'recv', params: { socketId: 'sck_1' } };

test('an id is a text of 128 characters at most, a safe integer, or null', () => {
  for (const id of ['', 'x'.repeat(MOST_OF_ID), 0, -7, Number.MAX_SAFE_INTEGER, null]) {
    assert.deepEqual(readRpcRequest({ ...request, id }), {
      ok: true,
      value: { method: 'recv', params: { socketId: 'sck_1' }, id },
    });
  }
  for (const id of ['x'.repeat(MOST_OF_ID + 1), 1.5, 2 ** 53, true, {}, []]) {
    const read = readRpcRequest({ ...request, id });
    assert.deepEqual([read.ok, 'id' in read && read.id], [false, null], JSON.stringify(id));
  }
});

test('without an id it is a notification', () => {
  const read = readRpcRequest(request);
  assert.ok(read.ok);
  assert.equal(read.value.id, undefined);
});

test('what is no request object is refused, with its id where that is one', () => {
  const wrong = [
    { ...request, jsonrpc: '1.0' },
    { ...request, jsonrpc: 2.0 },
    { ...request, method: null },
    { ...request, params: 'text' },
    { ...request, params: null },
    { ...request, parms: {} },
    { method: 'recv' },
  ];
  for (const one of wrong) {
    const read = readRpcRequest({ ...one, id: 'a' });
    assert.ok(!read.ok, JSON.stringify(one));
    assert.deepEqual([read.id, read.refusal.refusal], ['a', 'invalid-request']);
  }
  for (const one of [null, 1, 'text', true, [], [request]]) {
    const read = readRpcRequest(one);
    assert.deepEqual([read.ok, 'id' in read && read.id], [false, null], JSON.stringify(one));
  }
});

test('an array has one request at least, and 100 at most', () => {
  assert.equal(wrongArray([])?.detail, 'The array is empty.');
  for (const length of [1, MOST_REQUESTS]) assert.equal(wrongArray(Array(length)), undefined);
  assert.equal(wrongArray(Array(MOST_REQUESTS + 1))?.detail, 'The array has more than 100 requests.');
});
