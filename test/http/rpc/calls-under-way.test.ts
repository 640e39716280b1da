import assert from 'node:assert/strict';
import test from 'node:test';
import { ByteAccounts } from '../../../src/daemon/memory/byte-account.js';
import { CallsUnderWay } from '../../../src/http/rpc/calls-under-way.js';
import { RpcCall } from '../../../src/http/rpc/rpc-call.js';
import { ClientConnection } from '../../../src/operations/dispatch/reply.js';
import { DEFAULT_LIMITS } from '../../default-limits.js';

const call = () => new RpcCall(new ClientConnection());

/** The bytes of an owner who may keep 100. */
const bytesOf100 = () => new ByteAccounts({ ...DEFAULT_LIMITS, bytesPerOwner: 100 });

test('an id names its request until that is answered; null and a notification name none', () => {
  const calls = new CallsUnderWay(bytesOf100().of('alice'), 10);
  const [one, two] = [call(), call()];
  calls.enter(one, 'a', 0);
  calls.enter(two, null, 0);
  calls.enter(call(), undefined, 0);
  assert.equal(calls.refuseId('a')?.refusal, 'invalid-request');
  assert.deepEqual(
    [calls.refuseId(null), calls.refuseId(undefined), calls.refuseId('b')],
    [undefined, undefined, undefined],
  );
  assert.deepEqual(calls.cancel({ id: 'a' }), { cancelled: true });
  assert.deepEqual([one.gone, two.gone], [true, false]);
  calls.leave(one, 'a', 0);
  assert.equal(calls.refuseId('a'), undefined);
  assert.deepEqual(calls.cancel({ id: 'a' }), { cancelled: false });
  for (const id of [null, {}, 1.5]) {
    assert.equal(Reflect.get(calls.cancel({ id }), 'refusal'), 'validation');
  }
  calls.endAll();
  assert.equal(two.gone, true);
});

test('too many requests, and too many bytes, are refused and counted for nobody', () => {
  const bytes = bytesOf100();
  const calls = new CallsUnderWay(bytes.of('alice'), 2);
  const [one, two] = [call(), call()];
  assert.equal(calls.enter(one, 1, 60), undefined);
  assert.equal(calls.enter(two, 2, 60)?.refusal, 'quota');
  assert.equal(calls.refuseId(2), undefined);
  assert.equal(calls.enter(two, 2, 40), undefined);
  assert.equal(calls.enter(call(), 3, 0)?.refusal, 'quota');
  assert.equal(bytes.used, 100);
  calls.leave(one, 1, 60);
  calls.leave(two, 2, 40);
  assert.equal(bytes.used, 0);
});
