import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checked, checkedAsync, type RawAsyncCall } from '../../../src/providers/ws2_32/call.js';

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

describe('checkedAsync', () => {
  const ending =
    (error: unknown, result: number): RawAsyncCall<[number]> =>
    (_s, callback) => {
      setImmediate(() => callback(error, result));
    };

  it('gives what a call that succeeds gives', async () => {
    const call = checkedAsync('closesocket', ending(null, 0), () => assert.fail('not asked'));
    assert.deepEqual(await call(4), { ok: true, value: 0 });
  });

  it('reads the error while the callback runs', async () => {
    let isInCallback = false;
    const raw: RawAsyncCall<[number]> = (_s, callback) => {
      setImmediate(() => {
        isInCallback = true;
        callback(null, -1);
        isInCallback = false;
      });
    };
    const call = checkedAsync('closesocket', raw, () => (isInCallback ? 10004 : 0));
    assert.deepEqual(await call(4), { ok: false, code: 10004, call: 'closesocket' });
  });

  it('rejects when the call could not be made at all', async () => {
    const call = checkedAsync('closesocket', ending(new Error('too many calls'), 0), () => 0);
    await assert.rejects(call(4), /too many calls/);
  });
});
