import assert from 'node:assert/strict';
import test from 'node:test';
import { CAUSES_OF_ID, causesBesideIds, ownCausesOf } from '../../../src/http/problems/causes.js';
import { send } from '../../../src/operations/transfer/send.js';

test('what every call with an id can answer is no cause of the operation itself', () => {
  const beside = causesBesideIds(send, ['socketId']);
  assert.equal(beside.length, ownCausesOf(send).length - CAUSES_OF_ID.socketId.length);
  assert.deepEqual(new Set([...beside, ...CAUSES_OF_ID.socketId]), new Set(ownCausesOf(send)));
  assert.deepEqual(causesBesideIds(send, []), ownCausesOf(send));
});

test('a code of every call, for which the operation states when it occurs, is one of its own', () => {
  const why = 'the network went away during the send';
  const beside = causesBesideIds({ ...send, alsoSeen: { WSAENETDOWN: why } }, ['socketId']);
  assert.deepEqual(
    beside.filter(({ name }) => name === 'WSAENETDOWN'),
    [{ name: 'WSAENETDOWN', status: 503, code: 10050, why }],
  );
});
