import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DaemonEvent } from '../../../src/daemon/journal/event-log.js';
import { type EventFilter, wants } from '../../../src/operations/journal/event-filter.js';

test('an event fits the filter of its socket, and of the socket that its call created', () => {
  const event: DaemonEvent = {
    number: 1,
    sessionId: 'ses_1',
    socketId: 'sck_listener',
    otherSocketId: 'sck_accepted',
    body: { kind: 'undelivered', sequence: 1 },
  };
  const seen = (filter: EventFilter): boolean => wants(filter, event);
  assert.deepEqual(
    ['sck_listener', 'sck_accepted', 'sck_other'].map((socketId) => seen({ socketId })),
    [true, true, false],
  );
  assert.deepEqual(
    ['ses_1', 'ses_2'].map((sessionId) => seen({ sessionId, socketId: 'sck_accepted' })),
    [true, false],
  );
  assert.equal(seen({ kinds: new Set(['state']), socketId: 'sck_accepted' }), false);
  assert.equal(seen({ kinds: new Set(['state', 'undelivered']), sessionId: 'ses_1' }), true);
});
