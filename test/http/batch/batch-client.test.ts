import assert from 'node:assert/strict';
import test from 'node:test';
import { BatchClient } from '../../../src/http/batch/batch-client.js';
import type { OperationClient } from '../../../src/http/rest/named-calls.js';
import type { AnyOperation } from '../../../src/operations/operation.js';
import { close, FAKE_OPERATIONS, sendDisconnect } from '../fake-operations.js';

/** The client of some operations, which the test lets go away. */
class FakeClient implements OperationClient {
  gone = false;
  leftWhilePending = false;
  readonly listeners: (() => void)[] = [];
  onGone(run: () => void): void {
    this.listeners.push(run);
  }
  leave(): void {
    this.gone = true;
    for (const run of this.listeners) run();
  }
}

/** A batch whose client is one for `close`, and another one for all other operations. */
const setUp = () => {
  const ofClose = new FakeClient();
  const ofOthers = new FakeClient();
  const batch = new BatchClient({
    get gone() {
      return ofOthers.gone;
    },
    for: (op: AnyOperation) => (op === close ? ofClose : ofOthers),
  });
  const ended: string[] = [];
  /** A step of that name waits. */
  const wait = (op: AnyOperation, name: string): void => batch.for(op, false).onGone(() => ended.push(name));
  return { ofClose, ofOthers, batch, ended, wait };
};

test('however many steps wait, the client is listened to once for those that see it alike', () => {
  const { ofClose, ofOthers, batch, ended, wait } = setUp();
  for (let step = 0; step < 100; step++) wait(close, `close ${step}`);
  for (const op of FAKE_OPERATIONS) if (op !== close) wait(op, op.name);
  assert.deepEqual([ofClose.listeners.length, ofOthers.listeners.length], [1, 1]);
  assert.equal(batch.for(close, false), batch.for(close, false));
  assert.deepEqual(ended, []);
});

test('a client that goes away ends the wait of the step that runs, and of no earlier one', () => {
  const { ofClose, batch, ended, wait } = setUp();
  wait(close, 'first');
  wait(close, 'second');
  ofClose.leave();
  assert.deepEqual(ended, ['second']);
  assert.deepEqual([batch.for(close, false).gone, batch.isCancelled], [true, false]);
});

test('a client that is gone for some calls ends no wait of the others', () => {
  const { ofClose, batch, ended, wait } = setUp();
  wait(close, 'close');
  wait(sendDisconnect, 'sendDisconnect');
  ofClose.leave();
  assert.deepEqual(ended, []);
  assert.deepEqual(
    [batch.for(close, false).gone, batch.for(sendDisconnect, false).gone, batch.gone],
    [true, false, false],
  );
});

test('a batch that is cancelled ends the wait of its step, and its client counts as gone', () => {
  const { batch, ended, wait } = setUp();
  wait(close, 'first');
  wait(sendDisconnect, 'second');
  assert.equal(batch.gone, false);
  batch.cancel();
  assert.deepEqual(ended, ['second']);
  assert.deepEqual([batch.gone, batch.isCancelled], [true, true]);
  for (const op of FAKE_OPERATIONS) assert.equal(batch.for(op, false).gone, true, op.name);
});

test('a batch that is cancelled before any step waits', () => {
  const { batch } = setUp();
  batch.cancel();
  assert.deepEqual([batch.gone, batch.for(close, false).gone], [true, true]);
});

test('whether the client left while a call was pending, it says itself', () => {
  const { ofClose, batch } = setUp();
  assert.equal(batch.for(close, false).leftWhilePending, false);
  ofClose.leftWhilePending = true;
  batch.cancel();
  assert.deepEqual(
    [batch.for(close, false).leftWhilePending, batch.for(sendDisconnect, false).leftWhilePending],
    [true, false],
  );
});
