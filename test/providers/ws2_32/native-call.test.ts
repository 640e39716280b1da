import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checked } from '../../../src/providers/ws2_32/native-call.js';

describe('checked', () => {
  it('returns the result of a successful call without reading an error', () => {
    const call = checked(
      'send',
      (a: number, b: number) => a + b,
      () => assert.fail('not asked'),
    );
    assert.deepEqual(call(3, 4), { ok: true, value: 7 });
  });

  it('returns the code of a failed call: a network that is down', () => {
    const call = checked(
      'WSASendDisconnect',
      () => -1,
      () => 10050,
    );
    assert.deepEqual(call(), { ok: false, code: 10050, call: 'WSASendDisconnect' });
  });

  it('reads the error directly after the call', () => {
    const order: string[] = [];
    const call = checked(
      'recv',
      () => {
        order.push('recv');
        return -1;
      },
      () => {
        order.push('WSAGetLastError');
        return 10054;
      },
    );
    call();
    assert.deepEqual(order, ['recv', 'WSAGetLastError']);
  });

  it('returns a code that is not in the error table', () => {
    const call = checked(
      'bind',
      () => -1,
      () => 11032,
    );
    assert.deepEqual(call(), { ok: false, code: 11032, call: 'bind' });
  });

  it('returns WSASYSCALLFAILURE for a failure without a code', () => {
    const call = checked(
      'bind',
      () => -1,
      () => 0,
    );
    assert.deepEqual(call(), { ok: false, code: 10107, call: 'bind' });
  });

  it('returns the same frozen object for every WSAEWOULDBLOCK of a call', () => {
    const call = checked(
      'recv',
      () => -1,
      () => 10035,
    );
    assert.equal(call(), call());
    assert.ok(Object.isFrozen(call()));
  });
});
