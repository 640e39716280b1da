/**
 * Calls that arrive together end in the order of their arrival, and those of one lane one after the other.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PROVIDERS, startDaemon, startSession, type TestSocket } from '../test-daemon.js';
import { OrderModel, type Step } from './order-model.js';
import { assertOrder, endOf, endOrder, type Piped, pipelined, post, recv, send } from './pipelined.js';

const KINDS = ['send', 'recv', 'ioctl', 'cancel', 'shutdown', 'sendDisconnect', 'close'] as const;
const WEIGHTS = { send: 4, recv: 8, ioctl: 3, cancel: 2, shutdown: 1, sendDisconnect: 1, close: 1 };

const step: fc.Arbitrary<Step> = fc.record({
  on: fc.constantFrom<0 | 1>(0, 1),
  kind: fc.oneof(...KINDS.map((kind) => ({ weight: WEIGHTS[kind], arbitrary: fc.constant(kind) }))),
  maxBytes: fc.integer({ min: 1, max: 3 }),
});
const script = fc.array(step, { minLength: 4, maxLength: 30, size: 'max' });
const available = fc.tuple(fc.nat(6), fc.nat(6));

/** Distinct bytes: more than a script receives. */
const STREAM = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i)).join('');

const requestOf = (sockets: readonly TestSocket[], { on, kind, maxBytes }: Step, place: number): Piped => {
  const socket = sockets[on];
  assert.ok(socket);
  switch (kind) {
    case 'send':
      return send(socket, STREAM.charAt(place));
    case 'recv':
      return recv(socket, maxBytes);
    case 'ioctl':
      return post(socket, 'ioctl', { request: 'FIONREAD' });
    case 'shutdown':
      return post(socket, 'shutdown', { how: 'SD_RECEIVE' });
    default:
      return post(socket, kind);
  }
};

for (const provider of PROVIDERS) {
  test(`scripts on ${provider}`, async (t) => {
    const daemon = await startDaemon(t);
    await fc.assert(
      fc.asyncProperty(script, available, async (given, bytes) => {
        const session = await startSession(daemon, provider);
        const pairs = [await session.pair(), await session.pair()];
        const nears = pairs.map(([near]) => near);
        const [mark, marked] = await session.pair();
        for (const [i, [near, far]] of pairs.entries()) {
          const text = STREAM.slice(0, bytes[i]);
          if (text) await far.ok('send', { data: { text } });
          await near.untilAvailable(text.length);
        }
        const model = new OrderModel(given, bytes);
        const steps = model.script;
        const requests = steps.map((one, place) => requestOf(nears, one, place));
        const exchange = pipelined(daemon, [...requests, send(mark, '.')]);
        await marked.ok('recv', { timeoutMs: 10_000 });
        // All requests have arrived. Now bytes for the calls that still wait.
        for (const [i, [, far]] of pairs.entries()) {
          if (model.needsBytes(i)) await far.ok('send', { data: { text: STREAM.slice(bytes[i]) } });
        }
        const answers = await exchange;
        const ends = answers.map(endOf);
        for (const [place, end] of model.ends) {
          assert.equal(ends[place], typeof end === 'string' ? end : STREAM.slice(...end), `${place}`);
        }
        const order = await endOrder(daemon, session, answers);
        const atOnce = [...model.order, steps.length];
        const later = order.slice(model.ends.size + 1);
        assertOrder(order, [...atOnce, ...later]);
        for (const [i, [, far]] of pairs.entries()) {
          const of = (places: readonly number[]) => places.filter((place) => steps[place]?.on === i);
          assert.deepEqual(of(later), model.waiting(i), 'each lane by arrival');
          const received = of([...steps.keys()]).filter((place) => steps[place]?.kind === 'recv');
          const texts = received.map((place) => ends[place] ?? '').filter((end) => !end.startsWith('WSA'));
          assert.equal(texts.join(''), STREAM.slice(0, texts.join('').length));
          const sent = of([...steps.keys()]).filter((place) => steps[place]?.kind === 'send');
          const taken = sent.filter((place) => ends[place] === 'ok');
          // With bytes unread a close resets the connection; then they may not arrive.
          if (steps.some(({ on, kind }) => on === i && kind === 'close')) continue;
          if (taken.length === 0) continue;
          const flags = { flags: ['MSG_WAITALL'], maxBytes: taken.length, timeoutMs: 10_000 };
          const { data } = await far.ok('recv', flags);
          assert.equal(atob(data.base64), taken.map((place) => STREAM.charAt(place)).join(''));
        }
        await daemon.api.ok.delete(session.path);
      }),
      { numRuns: 40, endOnFailure: true },
    );
  });
}
