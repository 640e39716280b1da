/** The lessons that ship, as GET /v1/lessons gives them: each is one batch on every provider that it names. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { systemClock } from '../../../src/daemon/waiting/clock.js';
import type { Lesson } from '../../../src/http/lessons/lesson.js';
import { readLessons } from '../../../src/http/lessons/lessons.js';
import { CHAPTERS } from '../../../src/operations/list.js';
import type { ProviderName } from '../../../src/winsock/protocol-info.js';
import type { Body } from '../../http/client.js';
import { isWine } from '../../is-wine.js';
import { PROVIDERS, startDaemon } from '../test-daemon.js';

const SHIPPED = await readLessons('', CHAPTERS, systemClock);

/** The steps of the batch. As for any runner of lessons, sockets without a provider get that of the run. */
const batchOf = ({ steps }: Lesson, provider: ProviderName): readonly object[] => [
  { id: 'session', operation: 'startup' },
  ...steps.flatMap(({ call }) => {
    if (!call) return [];
    if (call.operation !== 'socket') return [call];
    return [{ ...call, params: { provider, ...call.params } }];
  }),
];

/** As test/providers/skips.ts says: Wine treats EPIPE of an unconnected socket as a reset. */
const differsInWine = (step: object | undefined, made: Body, provider: ProviderName): boolean =>
  isWine() &&
  provider === 'ws2_32' &&
  Object(step).expectError === 'WSAENOTCONN' &&
  made.problem?.name === 'WSAECONNRESET';

const runsOn = ({ providers }: Lesson, provider: ProviderName): boolean =>
  provider === 'lab' || providers.includes('native');

for (const provider of PROVIDERS) {
  describe(`shipped lessons on ${provider}`, () => {
    for (const lesson of SHIPPED.filter((one) => runsOn(one, provider))) {
      test(`${lesson.id}: every call ends as the lesson says`, async (t) => {
        const { api } = await startDaemon(t);
        const steps = batchOf(lesson, provider);
        const { steps: made } = await api.ok.post('/v1/batch', {
          steps,
          onError: 'continue',
          timeoutMs: 120_000,
        });
        const wrong = made.flatMap((one: Body, at: number) => {
          const isRight = ['ok', 'expected'].includes(one.outcome) || differsInWine(steps[at], one, provider);
          return isRight ? [] : [{ step: steps[at], ...one }];
        });
        assert.equal(made.length, steps.length);
        assert.deepEqual(wrong, [], JSON.stringify(wrong, undefined, 1));
      });
    }
  });
}

describe('shipped lessons', () => {
  test('a daemon serves them, in the order in which they build on each other', async (t) => {
    const { api } = await startDaemon(t, { config: { lessons: '' } });
    const { lessons } = await api.ok.get('/v1/lessons');
    assert.deepEqual(
      lessons.map(({ id }: Lesson) => id),
      [
        'first-conversation',
        'who-may-speak-first',
        'half-close',
        'disconnect-data',
        'linger-and-reset',
        'backlog-and-refusal',
        'would-block-and-select',
        'network-events',
        'datagrams-and-truncation',
        'time-outs-and-keep-alive',
      ],
    );
    assert.equal(lessons[0].$schema, undefined);
  });

  test('each is short, and asks two to four questions', () => {
    for (const { id, minutes, steps } of SHIPPED) {
      const questions = steps.flatMap(({ question }) => question ?? []);
      assert.ok(steps.length >= 8 && steps.length <= 20, `${id}: ${steps.length} steps`);
      assert.ok(minutes >= 5 && minutes <= 15, `${id}: ${minutes} minutes`);
      assert.ok(questions.length >= 2 && questions.length <= 4, `${id}: ${questions.length} questions`);
      // A right answer that is always at the same place would give itself away.
      assert.ok(new Set(questions.map(({ right }) => right)).size > 1 || questions.length < 3, id);
      for (const { text } of steps) assert.ok(text.length <= 300, `${id}: ${text}`);
    }
  });

  test('each socket has a name, and a journal that keeps what it sends', () => {
    for (const { id, steps } of SHIPPED) {
      for (const { call, as } of steps) {
        if (call?.operation !== 'socket') continue;
        assert.notEqual(as, undefined, `${id}: ${call.id}`);
        assert.deepEqual(Object(call.params).capture, { maxBytes: 1024 }, `${id}: ${call.id}`);
      }
    }
  });

  test('most calls say how they end', () => {
    for (const { id, steps } of SHIPPED) {
      const calls = steps.flatMap(({ call }) => call ?? []);
      const stated = calls.filter(({ expect, expectError }) => expect ?? expectError);
      assert.ok(stated.length >= 5, `${id}: ${stated.length} of ${calls.length}`);
    }
  });
});
