import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Handle } from '../../../src/providers/provider.js';
import { EventWaits } from '../../../src/providers/ws2_32/event-waits.js';

const S = 4 as Handle; // a handle of the fake system below

/** Waits whose events are signalled by the test. */
const setUp = () => {
  const signalled = new Set<number>();
  let looks = 0;
  const waits = new EventWaits((event) => {
    looks++;
    return signalled.has(event);
  });
  return { signalled, waits, looks: () => looks };
};

/** Resolves when the event wakes. It keeps the process running, since a wait does not. */
const woken = (waits: EventWaits, event: number): Promise<void> =>
  new Promise((resolve) => {
    const alive = setInterval(() => undefined, 1_000);
    waits.watch(S, event, () => {
      clearInterval(alive);
      resolve();
    });
  });

describe('event waits', () => {
  it('wakes for an event that is signalled already, and for one signalled later', async () => {
    const { signalled, waits } = setUp();
    signalled.add(1);
    let inside = true;
    const first = woken(waits, 1).then(() => assert.equal(inside, false));
    inside = false;
    await first;
    const second = woken(waits, 2);
    setImmediate(() => signalled.add(2));
    await second;
  });

  it('polls nothing without a watch, nor after dispose', async () => {
    const { waits, looks } = setUp();
    const watch = waits.watch(S, 1, () => assert.fail('was stopped'));
    watch.stop();
    watch.stop();
    waits.watch(S, 1, () => assert.fail('was disposed of'));
    waits.dispose();
    await new Promise(setImmediate);
    assert.equal(looks(), 0);
  });

  it('release throws while a watch on the events of the socket is active', () => {
    const { waits } = setUp();
    const watch = waits.watch(S, 1, () => assert.fail('was stopped'));
    assert.throws(() => waits.release(S), Error);
    waits.release(8 as Handle);
    watch.stop();
    waits.release(S);
  });
});
