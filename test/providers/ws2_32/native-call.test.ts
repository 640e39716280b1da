import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checked } from '../../../src/providers/ws2_32/native-call.js';

describe('checked', () => {
  it('gives what a call that succeeds gives, and does not ask for an error', () => {
    const call = checked(
      'send',
      (a: number, b: number) => a + b,
      () => assert.fail('not asked'),
    );
    assert.deepEqual(call(3, 4), { ok: true, value: 7 });
  });

  it('gives the code of a call that fails: a network that is down', () => {
    const call = checked(
      'WSASendDisconnect',
      () => -1,
      () => 10050,
    );
    assert.deepEqual(call(), { ok: false, code: 10050, call: 'WSASendDisconnect' });
  });

  it('reads the error as the very next thing', () => {
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

  it('passes a code through that the error table does not have', () => {
    const call = checked(
      'bind',
      () => -1,
      () => 11032,
    );
    assert.deepEqual(call(), { ok: false, code: 11032, call: 'bind' });
  });

  it('calls a failure without a code WSASYSCALLFAILURE', () => {
    const call = checked(
      'bind',
      () => -1,
      () => 0,
    );
    assert.deepEqual(call(), { ok: false, code: 10107, call: 'bind' });
  });

  it('makes one object for all WSAEWOULDBLOCK of a call, which nobody can change', () => {
    const call = checked(
      'recv',
      () => -1,
      () => 10035,
    );
    assert.equal(call(), call());
    assert.ok(Object.isFrozen(call()));
  });
});
