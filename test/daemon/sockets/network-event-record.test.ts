import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NetworkEventRecord } from '../../../src/daemon/sockets/network-event-record.js';
import type { NetworkEvents } from '../../../src/providers/provider.js';
import { NETWORK_EVENTS } from '../../../src/winsock/constants.js';

const { FD_READ, FD_WRITE, FD_CLOSE, FD_CONNECT } = NETWORK_EVENTS;
const EVENTS = [1, 2, 4, 8, 16, 32] as const;
const ALL = 0x3f;

const now = (bits: number, code = 0): ReadonlyMap<number, number> =>
  new Map(EVENTS.filter((event) => bits & event).map((event) => [event, code]));

test('an event is recorded once, and again only after it was enabled', () => {
  const record = new NetworkEventRecord();
  record.select(ALL);
  record.record(now(FD_READ));
  record.record(now(FD_READ));
  assert.equal(record.take().events, FD_READ);
  record.record(now(FD_READ));
  assert.equal(record.isEmpty, true);
  record.enable(FD_READ);
  record.record(now(FD_READ | FD_WRITE));
  assert.equal(record.take().events, FD_READ | FD_WRITE);
});

test('enabling removes an event that was not fetched', () => {
  const record = new NetworkEventRecord();
  record.select(ALL);
  record.record(now(FD_READ));
  record.enable(FD_READ);
  assert.equal(record.take().events, 0);
});

test('events keep their codes, also after a lost answer', () => {
  const record = new NetworkEventRecord();
  record.select(FD_CONNECT | FD_CLOSE);
  record.record(now(FD_CLOSE, 10054));
  const lost = record.take();
  record.record(now(FD_CONNECT, 10061));
  record.putBack(lost);
  assert.deepEqual([...record.take().errors].sort(), [
    [FD_CONNECT, 10061],
    [FD_CLOSE, 10054],
  ]);
});

test('an event that has been enabled again is not put back', () => {
  const record = new NetworkEventRecord();
  record.select(ALL);
  record.record(now(FD_READ | FD_WRITE));
  const lost = record.take();
  record.enable(FD_READ);
  record.putBack(lost);
  assert.equal(record.take().events, FD_WRITE);
  record.record(now(FD_READ));
  assert.equal(record.take().events, FD_READ, 'it is recorded anew');
});

// The source is named at NetworkEventRecord.
test('a new selection removes what was recorded, and does not enable what was fetched', () => {
  const record = new NetworkEventRecord();
  record.select(ALL);
  record.record(now(FD_WRITE));
  record.take();
  record.record(now(FD_READ));
  record.select(FD_READ | FD_WRITE);
  assert.equal(record.isEmpty, true);
  record.record(now(FD_READ | FD_WRITE));
  assert.equal(record.take().events, FD_READ);
});

/**
 * A step with a record, with FD_ bits. `lose` chooses one of the answers that were taken and not lost so far;
 * other steps may have come between.
 */
const step = fc.oneof(
  ...(['select', 'see', 'enable'] as const).map((what) =>
    fc.record({ what: fc.constant(what), bits: fc.integer({ min: 0, max: ALL }) }),
  ),
  fc.record({ what: fc.constant('take'), bits: fc.constant(0) }),
  fc.record({ what: fc.constant('lose'), bits: fc.nat({ max: 2 }) }),
);

/** A second implementation of the rules for one event: a state machine. */
class OneEvent {
  state: 'armed' | 'recorded' | 'fetched' = 'armed';
  selected = false;
  /** The last answer that contained it. */
  #fetchedBy: number | undefined;

  select(hit: boolean): void {
    this.selected = hit;
    if (this.state === 'recorded') this.state = 'armed';
  }

  see(): void {
    if (this.selected && this.state === 'armed') this.state = 'recorded';
  }

  enable(): void {
    this.state = 'armed';
  }

  /** Whether the answer has it. */
  take(answer: number): boolean {
    if (this.state !== 'recorded') return false;
    this.state = 'fetched';
    this.#fetchedBy = answer;
    return true;
  }

  /** Undoes the fetch of that answer, unless the event was enabled since. */
  lose(answer: number): void {
    if (this.state !== 'fetched' || this.#fetchedBy !== answer) return;
    this.state = this.selected ? 'recorded' : 'armed';
  }
}

test('each event follows its own rules, in any sequence of steps', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (steps) => {
      const record = new NetworkEventRecord();
      const alone = new Map(EVENTS.map((event) => [event, new OneEvent()]));
      const pending: { readonly answer: number; readonly taken: NetworkEvents }[] = [];
      for (const [answer, { what, bits }] of steps.entries()) {
        const hit = [...alone].filter(([event]) => bits & event).map(([, one]) => one);
        if (what === 'select') {
          record.select(bits);
          for (const [event, one] of alone) one.select((bits & event) !== 0);
        }
        if (what === 'see') {
          record.record(now(bits));
          for (const one of hit) one.see();
        }
        if (what === 'enable') {
          record.enable(bits);
          for (const one of hit) one.enable();
        }
        if (what === 'take') {
          const expected = [...alone].filter(([, one]) => one.take(answer)).map(([event]) => event);
          const taken = record.take();
          assert.deepEqual([...taken.errors.keys()].sort(), expected.sort());
          pending.push({ answer, taken });
        }
        if (what === 'lose') {
          for (const { answer, taken } of pending.splice(bits, 1)) {
            record.putBack(taken);
            for (const one of alone.values()) one.lose(answer);
          }
        }
        const those = (state: OneEvent['state']): number =>
          [...alone].reduce(
            (sum, [event, one]) => (one.selected && one.state === state ? sum | event : sum),
            0,
          );
        assert.equal(record.armed, those('armed'));
        assert.equal(record.fetched, those('fetched'));
        assert.equal(
          record.isEmpty,
          [...alone.values()].every(({ state }) => state !== 'recorded'),
        );
      }
    }),
    { numRuns: 500 },
  );
});
