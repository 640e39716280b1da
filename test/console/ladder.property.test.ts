/** Whatever two sockets of the lab send and receive: every byte is on one arrow, and no arrow goes back in time. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { type Ladder, ladder, type Row } from '../../src/console/model/ladder.js';
import { startDaemon, startSession, type TestSocket } from '../scenarios/test-daemon.js';
import { read } from './recorded.js';

const daemon = await startDaemon({ after });

type Step = {
  readonly end: 0 | 1;
  readonly call: 'send' | 'recv' | 'peek' | 'wait' | 'finish';
  readonly size: number;
};

const schedules = fc.array(
  fc.record<Step>({
    end: fc.constantFrom(0, 1),
    call: fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom('send', 'recv') },
      { weight: 1, arbitrary: fc.constantFrom('peek', 'wait', 'finish') },
    ),
    size: fc.integer({ min: 1, max: 40 }),
  }),
  { maxLength: 25 },
);

/** Byte i of a direction. */
const byteAt = (index: number): number => index % 251;

/** Makes the calls; a `wait` is a receive that is not awaited until the end. */
const run = async (steps: readonly Step[], ends: readonly [TestSocket, TestSocket]): Promise<void> => {
  const waiting: Promise<unknown>[] = [];
  const sent = [0, 0];
  for (const { end, call, size } of steps) {
    const socket = ends[end];
    if (call === 'send') {
      const bytes = Uint8Array.from({ length: size }, (_, place) => byteAt((sent[end] ?? 0) + place));
      const { status } = await socket.answer('send', {
        data: { base64: Buffer.from(bytes).toString('base64') },
      });
      if (status === 200) sent[end] = (sent[end] ?? 0) + size;
    } else if (call === 'finish') await socket.answer('shutdown', { how: 'SD_SEND' });
    else {
      const flags = call === 'peek' ? ['MSG_PEEK'] : [];
      const received = socket.answer('recv', {
        maxBytes: size,
        flags,
        timeoutMs: call === 'wait' ? 10_000 : 1,
      });
      if (call === 'wait') waiting.push(received);
      else await received;
    }
  }
  for (const socket of ends) await socket.ok('close');
  await Promise.all(waiting);
};

const sum = (numbers: readonly (number | undefined)[]): number =>
  numbers.reduce<number>((total, number = 0) => total + number, 0);

const check = ({ rows, arrows }: Ladder): void => {
  for (const { fromRow, toRow = fromRow, fromColumn, toColumn } of arrows) {
    const [from, to] = [rows[fromRow], rows[toRow]];
    assert.ok(from && to && fromRow <= toRow, 'no arrow goes back in time');
    assert.notEqual(fromColumn, toColumn);
  }
  const data = arrows.filter(({ kind }) => kind === 'data');
  for (const column of [0, 1]) {
    const outwards = data.filter(({ fromColumn }) => fromColumn === column);
    const ofColumn = (of: number) => (row: Row) => row.column === of;
    const sends = rows.filter(ofColumn(column)).map(({ entry }) => entry?.bytesSent);
    const takes = rows
      .filter(ofColumn(1 - column))
      .filter(({ operation, label }) => operation === 'recv' && !label.includes('MSG_PEEK'));
    assert.equal(sum(outwards.map(({ bytes }) => bytes)), sum(sends), 'each byte sent is on one arrow');
    let next = 0;
    for (const { offset = -1, bytes = 0 } of outwards.toSorted((a, b) => (a.offset ?? 0) - (b.offset ?? 0))) {
      assert.equal(offset, next, 'the arrows cover the stream without a gap');
      next += bytes;
    }
    for (const { index, entry } of takes) {
      const here = outwards.filter(({ toRow }) => toRow === index);
      const { bytesReceived = 0, data: captured } = entry ?? {};
      assert.equal(sum(here.map(({ bytes }) => bytes)), bytesReceived, 'each byte received is on one arrow');
      const first = Math.min(...here.map(({ offset = 0 }) => offset));
      const expected = Array.from({ length: bytesReceived }, (_, place) => byteAt(first + place));
      assert.deepEqual([...Buffer.from(captured?.base64 ?? '', 'base64')], expected, 'the right bytes');
    }
  }
};

test('each byte of two lab sockets is on exactly one arrow', async () => {
  const session = await startSession(daemon, 'lab');
  const listener = await session.socket({ family: 'AF_INET', capture: { maxBytes: 100 } });
  await listener.ok('bind', { address: { family: 'AF_INET', address: '127.0.0.1', port: 0 } });
  await listener.ok('listen', {});
  const address = await listener.sockName();
  await fc.assert(
    fc.asyncProperty(schedules, async (steps) => {
      const client = await session.socket({ family: 'AF_INET', capture: { maxBytes: 100 } });
      await client.ok('connect', { address });
      const server = await listener.accept({ timeoutMs: 10_000 });
      await run(steps, [client, server]);
      const { sockets, calls } = await read(daemon, { client, server });
      check(ladder(sockets, calls));
    }),
    { numRuns: 60 },
  );
});
