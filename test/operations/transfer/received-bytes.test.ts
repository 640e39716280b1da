/**
 * The bytes that a receive takes must fit the account. They count until the answer is settled; bytes that
 * went back count until they are received.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Reply } from '../../../src/operations/dispatch/reply.js';
import { labDaemon } from '../lab-daemon.js';

/** Room for all bytes of the owner: small, so that a test can fill it. */
const ROOM = 1 << 20;

/** A connection of the lab; `arrive` brings bytes to its server end. */
const connected = async () => {
  const made = labDaemon({ limits: { bytesPerOwner: ROOM, bytesTotal: ROOM } });
  const { value, account, daemon } = made;
  const { sessionId } = await value('startup', {});
  const open = async () => (await value('socket', { sessionId, family: 'AF_INET' })).socketId;
  const [listener, client] = [await open(), await open()];
  const address = { family: 'AF_INET', address: '10.0.0.1', port: 4000 };
  await value('bind', { socketId: listener, address });
  await value('listen', { socketId: listener });
  await value('connect', { socketId: client, address });
  const server = (await value('accept', { socketId: listener })).socketId;
  const arrive = (bytes: number) => value('send', { socketId: client, data: { text: 'x'.repeat(bytes) } });
  const recv = (params: object) => made.reply('recv', { socketId: server, timeoutMs: 0, ...params });
  /** The bytes that count as received. */
  const received = () => account.used - daemon.sessions.retainedBytes('alice');
  return { ...made, server, arrive, recv, received };
};

const nameOf = ({ answer }: Reply): unknown =>
  answer.ok ? Reflect.get(answer.value, 'bytesReceived') : 'refusal' in answer ? answer.refusal : answer.code;

test('of several settlements of an answer the first one counts', async () => {
  const { received, arrive, recv } = await connected();
  await arrive(100);
  const delivered = await recv({ maxBytes: 60 });
  delivered.settle(true);
  delivered.settle(false);
  assert.equal(received(), 0, 'nothing is put back after a delivery');
  const lost = await recv({ maxBytes: 30 });
  lost.settle(false);
  lost.settle(true);
  assert.equal(received(), 30, 'bytes that were put back stay');
  const again = await recv({ maxBytes: 100 });
  assert.equal(nameOf(again), 40, 'the bytes that were put back, once, and the rest');
  again.settle(true);
});

test('a receive that might not fit is refused; bytes that went back can always be received', async () => {
  const { received, arrive, recv, account } = await connected();
  await arrive(100);
  const first = await recv({ maxBytes: 60 });
  assert.equal(received(), 60, 'counted before the answer is settled');
  first.settle(false);
  assert.equal(received(), 60, 'and after the bytes went back');
  const filled = ROOM - account.used;
  account.count(filled);
  const peek = await recv({ maxBytes: 60, flags: ['MSG_PEEK'] });
  assert.equal(nameOf(peek), 'quota', 'a peek makes a copy');
  peek.settle(true);
  const again = await recv({ maxBytes: 100 });
  assert.equal(nameOf(again), 60, 'the bytes that went back, and no more');
  again.settle(true);
  account.count(60);
  const full = await recv({ maxBytes: 60 });
  assert.equal(nameOf(full), 'quota');
  full.settle(true);
  account.release(filled + 60);
  assert.equal(received(), 0);
  const rest = await recv({ maxBytes: 60 });
  assert.equal(nameOf(rest), 40, 'nothing was taken meanwhile');
  rest.settle(true);
  assert.equal(received(), 0);
});

const receive = fc.record({
  kind: fc.constant('receive' as const),
  maxBytes: fc.nat(12),
  flags: fc.constantFrom([], ['MSG_PEEK'], ['MSG_WAITALL']),
});
const step = fc.oneof(
  fc.record({ kind: fc.constant('arrive' as const), bytes: fc.integer({ min: 1, max: 20 }) }),
  receive,
  receive,
  fc.record({ kind: fc.constant('settle' as const), delivered: fc.boolean() }),
);

test('all counts are released in the end, whatever is received, lost and received again', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 30, size: 'max' }),
      fc.boolean(),
      async (steps, closesFirst) => {
        const { value, received, server, arrive, recv } = await connected();
        // A receive that takes bytes keeps its lane until it is settled: one is pending at a time.
        let open: Reply | undefined;
        for (const one of steps) {
          if (one.kind === 'arrive') await arrive(one.bytes);
          if (one.kind === 'settle' || (one.kind === 'receive' && open)) {
            open?.settle(one.kind === 'settle' && one.delivered);
            open = undefined;
          }
          if (one.kind === 'receive') open = await recv(one);
          assert.ok(received() >= 0);
        }
        if (closesFirst) await value('close', { socketId: server });
        open?.settle(false);
        if (!closesFirst) await value('close', { socketId: server });
        assert.equal(received(), 0);
      },
    ),
    { numRuns: 60 },
  );
});
