import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordedCallsOf } from '../../../../src/http/export/replay/recorded-calls.js';
import type { Entry, SocketLife } from '../../../../src/http/export/socket-life.js';
import { OPERATIONS } from '../../../../src/operations/list.js';

const entry = (operation: string, sequence: number, at: number, time: string, more: object) =>
  ({
    ...{ operation, sequence, at, time: `2026-01-01T00:00:00.${time}Z`, requestId: 'r', outcome: 'ok' },
    ...{ nativeUs: 10, waitUs: 0, ...more },
    op: OPERATIONS.find(({ name }) => name === operation),
  }) as Entry;

const life = (socketId: string, sessionId: string, beganAt: number, entries: Entry[]): SocketLife => ({
  ...{ socketId, sessionId, beganAt, version: '2.2', provider: 'lab', family: 'AF_INET', type: 'SOCK_DGRAM' },
  ...{ entries, dropped: 0, droppedPayloads: 0, nextAfter: 0 },
});

test('calls of two sessions within a millisecond keep their order, whatever their wall-clock times', () => {
  // The second session began 1000 us after the first one; wall-clock times have milliseconds only.
  const duplicate = entry('duplicate', 2, 1500, '001', { socketId: 'first', createdSocketId: 'second' });
  const first = life('first', 'A', 7000, [
    entry('socket', 1, 100, '000', { createdSocketId: 'first' }),
    duplicate,
    entry('close', 3, 1900, '001', { socketId: 'first' }),
  ]);
  const second = life('second', 'B', 8000, [duplicate, entry('bind', 1, 700, '001', { socketId: 'second' })]);
  const sessions = new Map([
    ['A', { beganAt: 7000, entries: first.entries, dropped: 0 }],
    ['B', { beganAt: 8000, entries: [], dropped: 0 }],
  ]);
  const order = recordedCallsOf({ life: second, origins: [first], sessions });
  assert.deepEqual(
    order.map(({ entry: { operation } }) => operation),
    ['socket', 'duplicate', 'bind', 'close'],
  );
});
