/** Each byte arrives once and in order, however it is sent and received and whichever replies are lost. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Body } from '../../http/client.js';
import {
  loopback,
  PROVIDERS,
  startDaemon,
  startSession,
  type TestDaemon,
  type TestSession,
  type TestSocket,
} from '../test-daemon.js';
import { cutBeforeReply } from './lost-replies.js';

/** One step: bytes are sent, or a receive is made whose reply is delivered or not. */
type Step =
  | { readonly kind: 'send'; readonly bytes: number }
  | {
      readonly kind: 'receive';
      readonly as: ReceiveKind;
      readonly room: readonly number[];
      readonly lost: Loss;
    }
  | { readonly kind: 'count' };
type ReceiveKind = 'plain' | 'peek' | 'all' | 'from';
/** How a reply is lost: not at all; between the native call and the write; by a fault after the call. */
type Loss = 'arrives' | 'cut' | 'fault';

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

const SIZES = fc.integer({ min: 1, max: 12 });
/** The lengths of buffers; some may be empty. */
const room = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 3 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('send' as const), bytes: SIZES }),
  fc.record({
    kind: fc.constant('receive' as const),
    as: fc.constantFrom<ReceiveKind>('plain', 'peek', 'all', 'from'),
    room: room,
    lost: fc.constantFrom<Loss>('arrives', 'cut', 'cut', 'fault'),
  }),
  fc.record({ kind: fc.constant('count' as const) }),
);
const steps = fc.array(step, { minLength: 4, maxLength: 24, size: 'max' });
const RUNS = { numRuns: 40, endOnFailure: true };

/** The bytes of a result, in one piece or scattered. */
const bytesOf = ({ data, buffers }: Body): string =>
  (data ? [data] : buffers).map((one: Body) => Buffer.from(one.base64, 'base64').toString()).join('');

/** Different bytes at each position, so that every swap shows. */
const content = (from: number, bytes: number): string =>
  Array.from({ length: bytes }, (_, i) => String.fromCharCode(33 + ((from + i) % 90))).join('');

/** Receives; undefined if the reply was lost. */
const receiver = (
  daemon: TestDaemon,
  seam: ReturnType<typeof cutBeforeReply>,
  session: TestSession,
  socket: TestSocket,
) => {
  return async (step: Extract<Step, { kind: 'receive' }>): Promise<Body | undefined> => {
    const operation = step.as === 'from' ? 'recvFrom' : 'recv';
    const flags = step.as === 'peek' ? ['MSG_PEEK'] : step.as === 'all' ? ['MSG_WAITALL'] : [];
    const [only, ...more] = step.room;
    const params = {
      flags,
      ...(more.length > 0 ? { buffers: step.room } : { maxBytes: only }),
    };
    if (step.lost === 'arrives') return socket.ok(operation, { ...params, timeoutMs: 10_000 });
    if (step.lost === 'cut') await seam.cut(daemon, `/v1/sockets/${socket.id}/${operation}`, params);
    else {
      const fault = { operation, effect: 'fail', code: 'WSAENETDOWN', phase: 'after', nth: 1 };
      await session.arm({ ...fault, socketId: socket.id });
      assert.equal((await socket.problem(operation, params)).name, 'WSAENETDOWN');
    }
    return undefined;
  };
};

for (const provider of PROVIDERS) {
  test(`streams on ${provider}: what arrives is what was sent`, async (t) => {
    const seam = cutBeforeReply();
    const daemon = await startDaemon(t, { beforeReply: seam.beforeReply });
    const session = await startSession(daemon, provider);
    await fc.assert(
      fc.asyncProperty(steps, async (script) => {
        const [client, server] = await session.pair();
        const receive = receiver(daemon, seam, session, server);
        let sent = '';
        let arrived = 0;
        for (const step of script) {
          const left = sent.slice(arrived);
          if (step.kind === 'send') {
            const text = content(sent.length, step.bytes);
            await client.ok('send', { data: { text } });
            sent += text;
          } else if (step.kind === 'count') {
            const { value } = await server.ok('ioctl', { request: 'FIONREAD' });
            assert.ok(value <= left.length, `${value} of ${left.length}`);
            const ready = (await session.ok('select', { read: [server.id], timeoutMs: 0 })).read.length === 1;
            assert.ok(ready || value === 0, 'what can be read makes it readable');
            if (value === 0) continue;
            const peeked = await server.ok('recv', { flags: ['MSG_PEEK'], maxBytes: value });
            assert.equal(bytesOf(peeked), left.slice(0, value));
          } else {
            const room = sum(step.room);
            // Skips a receive that would wait for a send that never comes.
            if (left.length < Math.max(1, step.as === 'all' ? room : 1)) continue;
            const got = await receive(step);
            if (got === undefined) continue;
            const text = bytesOf(got);
            assert.equal(text, left.slice(0, text.length));
            assert.deepEqual([got.bytesReceived, got.eof, got.truncated], [text.length, false, false]);
            assert.ok(text.length <= room && (text.length > 0 || room === 0));
            if (step.as === 'all') assert.equal(text.length, room);
            if (step.as !== 'peek') arrived += text.length;
          }
        }
        await client.ok('sendDisconnect');
        assert.equal(await server.drain(), sent.slice(arrived));
        for (const one of [client, server]) await one.ok('close');
      }),
      RUNS,
    );
  });

  test(`datagrams on ${provider}: each arrives once, by itself`, async (t) => {
    const seam = cutBeforeReply();
    const daemon = await startDaemon(t, { beforeReply: seam.beforeReply });
    const session = await startSession(daemon, provider);
    const sender = await session.datagram();
    await sender.ok('bind', { address: loopback('AF_INET', 0) });
    const from = await sender.sockName();
    await fc.assert(
      fc.asyncProperty(steps, async (script) => {
        const server = await session.datagram();
        await server.ok('bind', { address: loopback('AF_INET', 0) });
        const address = await server.sockName();
        const receive = receiver(daemon, seam, session, server);
        /** The queued datagrams; one that a receive has cut short stays cut. */
        const queue: { text: string; truncated: boolean }[] = [];
        let sent = 0;
        for (const step of script) {
          const [first] = queue;
          if (step.kind === 'send') {
            const text = content(sent, step.bytes);
            await sender.ok('sendTo', { data: { text }, address });
            queue.push({ text, truncated: false });
            sent += step.bytes;
          } else if (step.kind === 'count') {
            const { read } = await session.ok('select', { read: [server.id], timeoutMs: first ? 10_000 : 0 });
            assert.equal(read.length, first ? 1 : 0);
          } else if (first && step.as !== 'all') {
            const room = sum(step.room);
            const seen = {
              text: first.text.slice(0, room),
              truncated: first.truncated || first.text.length > room,
            };
            const got = await receive(step);
            if (got) {
              assert.deepEqual({ text: bytesOf(got), truncated: got.truncated }, seen);
              if (step.as === 'from') assert.deepEqual(got.address, from);
            }
            if (got && step.as !== 'peek') queue.shift();
            else if (step.as !== 'peek') queue[0] = seen;
          }
        }
        for (const { text, truncated } of queue) {
          const got = await server.ok('recvFrom', { timeoutMs: 10_000 });
          assert.deepEqual([bytesOf(got), got.truncated, got.address], [text, truncated, from]);
        }
        await server.ok('close');
      }),
      RUNS,
    );
  });
}
