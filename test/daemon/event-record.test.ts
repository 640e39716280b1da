import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EventRecord } from '../../src/daemon/event-record.js';
import { NETWORK_EVENTS } from '../../src/winsock/constants.js';

const { FD_READ, FD_WRITE, FD_CLOSE, FD_CONNECT } = NETWORK_EVENTS;
const EVENTS = [1, 2, 4, 8, 16, 32] as const;
const ALL = 0x3f;

const now = (bits: number, code = 0): ReadonlyMap<number, number> =>
  new Map(EVENTS.filter((event) => bits & event).map((event) => [event, code]));

test('an event comes once, and again only after it was enabled', () => {
  const record = new EventRecord();
  record.select(ALL);
  record.see(now(FD_READ));
  record.see(now(FD_READ));
  assert.equal(record.take().events, FD_READ);
  record.see(now(FD_READ));
  assert.equal(record.isEmpty, true);
  record.enable(FD_READ);
  record.see(now(FD_READ | FD_WRITE));
  assert.equal(record.take().events, FD_READ | FD_WRITE);
});

test('a receive takes back an FD_READ that nobody fetched', () => {
  const record = new EventRecord();
  record.select(ALL);
  record.see(now(FD_READ));
  record.enable(FD_READ);
  assert.equal(record.take().events, 0);
});

test('codes stay with their events, also when the answer was lost', () => {
  const record = new EventRecord();
  record.select(FD_CONNECT | FD_CLOSE);
  record.see(now(FD_CLOSE, 10054));
  const lost = record.take();
  record.see(now(FD_CONNECT, 10061));
  record.putBack(lost);
  assert.deepEqual([...record.take().errors].sort(), [
    [FD_CONNECT, 10061],
    [FD_CLOSE, 10054],
  ]);
});

test('what was enabled again meanwhile is not put back', () => {
  const record = new EventRecord();
  record.select(ALL);
  record.see(now(FD_READ | FD_WRITE));
  const lost = record.take();
  record.enable(FD_READ);
  record.putBack(lost);
  assert.equal(record.take().events, FD_WRITE);
  record.see(now(FD_READ));
  assert.equal(record.take().events, FD_READ, 'whether it is so is looked at anew');
});

// The source is named at EventRecord.
test('a new selection forgets what was recorded, not what was told', () => {
  const record = new EventRecord();
  record.select(ALL);
  record.see(now(FD_WRITE));
  record.take();
  record.see(now(FD_READ));
  record.select(FD_READ | FD_WRITE);
  assert.equal(record.isEmpty, true);
  record.see(now(FD_READ | FD_WRITE));
  assert.equal(record.take().events, FD_READ);
});

/** What may happen to a record, with FD_ bits. */
const step = fc.oneof(
  ...(['select', 'see', 'enable'] as const).map((what) =>
    fc.record({ what: fc.constant(what), bits: fc.integer({ min: 0, max: ALL }) }),
  ),
  fc.record({ what: fc.constantFrom('take', 'lose'), bits: fc.constant(0) }),
);

/** The rules for one event alone, written down another way: a machine of four states. */
class OneEvent {
  state: 'armed' | 'recorded' | 'told' = 'armed';
  selected = false;

  apply(what: string, hit: boolean): boolean {
    const was = this.state;
    if (what === 'select') {
      this.selected = hit;
      if (was === 'recorded') this.state = 'armed';
    }
    if (what === 'see' && hit && this.selected && was === 'armed') this.state = 'recorded';
    if (what === 'enable' && hit) this.state = 'armed';
    if (what === 'take' && was === 'recorded') this.state = 'told';
    // Taken, and put back at once: as if nobody had asked.
    return (what === 'take' || what === 'lose') && was === 'recorded';
  }
}

test('any history: each event follows its own rules, whatever the others do', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const record = new EventRecord();
      const alone = new Map(EVENTS.map((event) => [event, new OneEvent()]));
      for (const { what, bits } of steps) {
        const expected = [...alone].filter(([event, one]) => one.apply(what, (bits & event) !== 0));
        if (what === 'select') record.select(bits);
        if (what === 'see') record.see(now(bits));
        if (what === 'enable') record.enable(bits);
        if (what === 'take' || what === 'lose') {
          const taken = record.take();
          assert.deepEqual([...taken.errors.keys()].sort(), expected.map(([event]) => event).sort());
          if (what === 'lose') record.putBack(taken);
        }
        const armed = [...alone].filter(([, one]) => one.selected && one.state === 'armed');
        assert.equal(
          record.armed,
          armed.reduce((sum, [event]) => sum | event, 0),
        );
      }
    }),
    { numRuns: 500 },
  );
});
