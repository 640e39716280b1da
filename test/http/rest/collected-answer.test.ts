/** The one answer of several calls: what it counts and settles, whatever its calls and its client do. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import test from 'node:test';
import fc from 'fast-check';
import { ByteAccounts } from '../../../src/daemon/memory/byte-account.js';
import { ANSWER_BYTES } from '../../../src/http/rest/collected-answer.js';
import type { Delivery } from '../../../src/operations/dispatch/reply.js';
import { NO_EVENTS } from '../../../src/operations/journal/event-feed.js';
import { fail } from '../../../src/winsock/outcome.js';
import { DEFAULT_LIMITS } from '../../default-limits.js';
import { until } from '../../scenarios/test-daemon.js';
import { build, TOKEN } from '../build.js';
import { callReply, collectedFor } from '../collected.js';

const post = (port: number, document: unknown): net.Socket => {
  const body = JSON.stringify(document);
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(
    `POST /v1/rpc HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${TOKEN}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  return socket;
};

/** What the fake call of a socket does; `wait` waits as calls do, and notices a client that goes away. */
const KINDS = ['ok', 'long', 'fail', 'wait'] as const;
type Kind = (typeof KINDS)[number];

const call = (kind: Kind) => ({ method: 'close', params: { socketId: kind } });
const batch = (kinds: readonly Kind[], onError: string) => ({
  method: 'batch',
  params: {
    onError,
    steps: kinds.map((kind) => ({ operation: 'close', params: { socketId: kind }, repeat: 2 })),
  },
});

const kinds = fc.constantFrom(...KINDS);
const request = fc.oneof(
  kinds.map(call),
  fc
    .tuple(fc.array(kinds, { minLength: 1, maxLength: 5 }), fc.constantFrom('stop', 'continue', 'cleanup'))
    .map(([steps, onError]) => batch(steps, onError)),
  fc.constant({ method: 'batch', params: {} }),
  fc.constant({ method: 'none' }),
);
const element = fc.tuple(request, fc.boolean()).map(([made, isNotification]) => ({
  jsonrpc: '2.0',
  ...(!isNotification && { id: 1 }),
  ...made,
}));
const document = fc.oneof(element, fc.array(element, { minLength: 1, maxLength: 6 }));

/** What the client does: it reads the answer, resets the connection, or ends its sending side. */
const CLIENTS = ['reads', 'resets', 'ends', 'is cut before the answer'] as const;

test('every byte is released and every call settled once, whatever happens', async (t) => {
  const bytes = new ByteAccounts(DEFAULT_LIMITS);
  let beforeReply: (() => Promise<void>) | undefined;
  const { port, calls, settled } = await build(t, {
    bytes,
    beforeReply: () => beforeReply?.(),
    onCall: ({ params, client }) => {
      if (params.socketId === 'wait') client.onGone(() => undefined);
    },
    answers: {
      close: async ({ socketId }) => {
        if (socketId === 'fail') return { answer: fail('WSAENOTCONN', 'closesocket') };
        if (socketId === 'wait') for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
        const value = socketId === 'long' ? { data: 'x'.repeat(100_000) } : {};
        return { answer: { ok: true, value }, endCreated: () => undefined };
      },
    },
  });
  const isSettled = () => settled.filter((one) => one !== 'collected').length === calls.length;
  await fc.assert(
    fc.asyncProperty(document, fc.constantFrom(...CLIENTS), async (sent, does) => {
      const before = calls.length;
      let isAnswered = false;
      const socket = post(port, sent);
      const closed = new Promise((resolve) => socket.once('close', resolve));
      beforeReply = async () => {
        isAnswered = true;
        if (does !== 'is cut before the answer') return;
        socket.resetAndDestroy();
        for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
      };
      if (does === 'ends') socket.end();
      if (does === 'resets') {
        await until(() => calls.length > before || isAnswered, 'a call has begun, or none is made');
        socket.resetAndDestroy();
      }
      if (does === 'reads') {
        await once(socket, 'data');
        socket.resume();
      }
      await until(() => isAnswered || socket.destroyed, 'the answer is made');
      if (does === 'reads' || does === 'ends') await until(isSettled, 'all is settled');
      socket.destroy();
      await closed;
      await until(() => isSettled() && bytes.used === 0, `${does}: ${bytes.used} bytes, ${settled}`);
    }),
    { numRuns: 150, endOnFailure: true },
  );
  assert.ok(calls.length > 100, `${calls.length} calls`);
  assert.deepEqual(new Set(settled), new Set(['collected', true, false]));
});

test('answers that another one had collected count as its own: a further one is reserved beside them', () => {
  const bytes = new ByteAccounts({ ...DEFAULT_LIMITS, bytesPerOwner: 4 * ANSWER_BYTES });
  const [whole, batch] = [collectedFor(bytes), collectedFor(bytes)];
  const settled: [string, Delivery][] = [];
  assert.equal(whole.reserve(), undefined);
  whole.take(callReply((delivered) => settled.push(['first', delivered])));
  for (const name of ['second', 'third']) {
    assert.equal(batch.reserve(), undefined);
    batch.take(callReply((delivered) => settled.push([name, delivered])));
  }
  whole.adopt(batch);
  assert.equal(bytes.used, 3 * ANSWER_BYTES);
  assert.equal(whole.reserve(), undefined);
  assert.equal(bytes.used, 4 * ANSWER_BYTES);
  assert.equal(whole.reserve()?.refusal, 'quota');
  assert.deepEqual(whole.timing, { native: 3, wait: 6, late: undefined });
  batch.settle(true);
  whole.settle(false);
  assert.equal(bytes.used, 0);
  assert.deepEqual(
    settled,
    // biome-ignore format: one row a line
    [['first', 'collected'], ['second', 'collected'], ['third', 'collected'], ['third', false], ['second', false], ['first', false]],
  );
});

test('a client whose call waits is not cut for reading nothing, however short the bytes are', async (t) => {
  let check: () => void = () => undefined;
  let answer: () => void = () => undefined;
  const isShort = {
    reserve: () => undefined,
    count: () => undefined,
    release: () => undefined,
    isShort: true,
  };
  const { port, calls } = await build(t, {
    bytes: { of: () => isShort },
    limits: { stalledSeconds: 3 },
    events: {
      ...NO_EVENTS,
      every: (_ms, run) => {
        check = run;
        return () => undefined;
      },
    },
    answers: {
      close: () =>
        new Promise((resolve) => {
          answer = () => resolve({});
        }),
    },
  });
  const waits = { jsonrpc: '2.0', id: 1, ...call('wait') };
  for (const sent of [[waits], { jsonrpc: '2.0', id: 1, ...batch(['wait'], 'stop') }]) {
    const before = calls.length;
    const socket = post(port, sent);
    t.after(() => socket.destroy());
    await until(() => calls.length > before, 'the call has begun');
    for (let second = 0; second < 10; second++) check();
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    await until(() => {
      answer();
      return text !== '';
    }, 'the answer has come');
    assert.match(text, /^HTTP\/1\.1 200 /);
  }
});
