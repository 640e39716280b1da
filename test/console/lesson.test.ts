/** Lessons as the console knows them: calls, progress, texts and the answers to hand in. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { answerSheet, sheetText } from '../../src/console/model/lesson/answer-sheet.js';
import { keptText, MOST_OF_PROGRESS, progressIn } from '../../src/console/model/lesson/kept-progress.js';
import {
  begun,
  ended,
  goneOn,
  namesOf,
  type Progress,
  progressText,
  withAnswer,
  withOutcome,
} from '../../src/console/model/lesson/progress.js';
import { textParts } from '../../src/console/model/lesson/text-parts.js';
import { written, writtenCall } from '../../src/console/model/lesson/written-call.js';
import {
  type Lesson,
  MissingResult,
  type Results,
  referencesResolved,
  stepCall,
} from '../../src/console/model/lesson.js';
import type { Problem } from '../../src/console/model/types.js';

const ref = (pointer: string): object => ({ $result: pointer });

const LESSON: Lesson = {
  id: 'short',
  title: 'Short',
  summary: 'A lesson of a test.',
  minutes: 5,
  providers: ['lab', 'native'],
  steps: [
    {
      text: 'A socket.',
      call: {
        id: 'one',
        operation: 'socket',
        params: { sessionId: ref('/session/sessionId'), family: 'AF_INET', type: 'SOCK_STREAM' },
      },
      as: 'client',
    },
    {
      text: 'Is it readable?',
      call: {
        operation: 'select',
        params: { sessionId: ref('/session/sessionId'), read: [ref('/one/socketId')], timeoutMs: 10 },
        expect: { '/read': [] },
      },
      question: { text: 'Is it?', choices: ['Yes', 'No'], right: 1, why: 'It is fresh.' },
    },
    {
      text: 'Too early.',
      call: {
        operation: 'send',
        params: { socketId: ref('/one/socketId'), data: { text: 'sck_1' } },
        expectError: 'WSAENOTCONN',
        repeat: 2,
      },
    },
  ],
};

const PROBLEM: Problem = {
  type: '/problems/WSAENOTCONN',
  title: 'Not connected',
  status: 409,
  detail: 'It is not connected.',
  instance: 'urn:winsockd:request:req-1',
  name: 'WSAENOTCONN',
  code: 10057,
};

/** A run of the lesson to its end, with a right answer. */
const whole = (): Progress => {
  let progress = begun(LESSON, 'lab', 'ses_1');
  progress = withOutcome(progress, LESSON, { step: 0, outcome: 'ok', result: { socketId: 'sck_1' } });
  progress = withOutcome(goneOn(progress, LESSON), LESSON, { step: 1, outcome: 'ok', result: { read: [] } });
  progress = withAnswer(progress, 1, 1);
  progress = withOutcome(goneOn(progress, LESSON), LESSON, {
    step: 2,
    outcome: 'expected',
    problem: PROBLEM,
  });
  return ended(goneOn(progress, LESSON), '2026-01-01T12:00:00.000Z');
};

describe('references', () => {
  const results: Results = {
    session: { sessionId: 'ses_1' },
    one: { socketId: 'sck_1', list: [{ port: 80 }], 'a/b~c': 1, none: null },
  };

  test('they stand anywhere in the parameters, and the parameters stay as they were', () => {
    const params = {
      socketId: ref('/one/socketId'),
      deep: [{ port: ref('/one/list/0/port') }],
      text: '/one',
    };
    const before = structuredClone(params);
    assert.deepEqual(referencesResolved(params, results), {
      socketId: 'sck_1',
      deep: [{ port: 80 }],
      text: '/one',
    });
    assert.deepEqual(params, before);
    assert.deepEqual(referencesResolved({ a: ref('/one/a~1b~0c'), b: ref('/one/none') }, results), {
      a: 1,
      b: null,
    });
  });

  test('one without a value is named: only own members of results count', () => {
    const wrong = [
      '/two/socketId',
      '/one/port',
      '/one/list/length',
      '/one/list/1',
      '/one/constructor',
      '/one/__proto__',
      '/toString',
      'one/socketId',
      '/one/socketId/length',
    ];
    for (const pointer of wrong) {
      assert.throws(
        () => referencesResolved({ a: ref(pointer) }, results),
        (error) => error instanceof MissingResult && error.message.includes(pointer),
        pointer,
      );
    }
    assert.throws(() => referencesResolved({ a: { $result: 1 } }, results), MissingResult);
  });

  test('whatever a result has, a reference to it gives it unchanged', () => {
    // An id of a lesson may be any of these names.
    const ids = fc.oneof(
      fc.constantFrom('__proto__', 'constructor'),
      fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/),
    );
    fc.assert(
      fc.property(ids, fc.string(), fc.jsonValue(), (id, member, value) => {
        const lesson: Lesson = { ...LESSON, steps: [{ text: 'x', call: { id, operation: 'accept' } }] };
        const result = { [member]: value };
        const { results: kept } = withOutcome(begun(lesson, 'lab', 'ses_1'), lesson, {
          step: 0,
          outcome: 'ok',
          result,
        });
        const pointer = `/${id}/${member.replaceAll('~', '~0').replaceAll('/', '~1')}`;
        assert.deepEqual(referencesResolved({ a: [ref(pointer)] }, kept).a, [value]);
      }),
    );
  });

  test('a call without references stays as it is', () => {
    const plain = fc.dictionary(
      fc.string().filter((name) => name !== '$result'),
      fc.jsonValue().filter((value) => !JSON.stringify(value).includes('$result')),
    );
    fc.assert(
      fc.property(plain, (params) => {
        assert.deepEqual(referencesResolved(params, {}), { ...params });
      }),
    );
  });
});

describe('the call of a step', () => {
  const { results } = whole();
  const callOf = (at: number, provider?: string): object => {
    const call = LESSON.steps[at]?.call;
    assert.ok(call);
    return stepCall(call, results, provider);
  };

  test('keeps what the daemon judges by, without its id', () => {
    assert.deepEqual(callOf(1), {
      operation: 'select',
      params: { sessionId: 'ses_1', read: ['sck_1'], timeoutMs: 10 },
      expect: { '/read': [] },
    });
    assert.deepEqual(callOf(2, 'lab'), {
      operation: 'send',
      params: { socketId: 'sck_1', data: { text: 'sck_1' } },
      expectError: 'WSAENOTCONN',
      repeat: 2,
    });
  });

  test('a socket gets the provider of the run, unless it names one', () => {
    const params = { sessionId: 'ses_1', family: 'AF_INET', type: 'SOCK_STREAM' };
    assert.deepEqual(callOf(0, 'posix'), { operation: 'socket', params: { provider: 'posix', ...params } });
    assert.deepEqual(callOf(0), { operation: 'socket', params });
    const own = stepCall({ operation: 'socket', params: { provider: 'lab' } }, results, 'posix');
    assert.deepEqual(own.params, { provider: 'lab' });
  });

  test('is shown with the names of the sockets in place of their ids', () => {
    assert.deepEqual(writtenCall(whole(), LESSON, 1, 'lab')?.params, [
      ['sessionId', 'session'],
      ['read', '[client]'],
      ['timeoutMs', '10'],
    ]);
    assert.deepEqual(writtenCall(begun(LESSON, 'lab', 'ses_1'), LESSON, 0, 'lab')?.params, [
      ['provider', '"lab"'],
      ['sessionId', 'session'],
      ['family', '"AF_INET"'],
      ['type', '"SOCK_STREAM"'],
    ]);
    // The call that gives the socket was not made.
    assert.deepEqual(writtenCall(begun(LESSON, 'lab', 'ses_1'), LESSON, 1, 'lab')?.params[1], [
      'read',
      '[{ $result: "/one/socketId" }]',
    ]);
  });
});

test('shown values have no character that is invisible or turns what is beside it', () => {
  const value = { text: 'a\u202eb', '\u2066': ['\u200b\n'] };
  assert.equal(written(value, new Map()), '{ text: "a\\u{202e}b", "\\u{2066}": ["\\u{200b}\\n"] }');
});

describe('progress', () => {
  test('a call that was made again counts as it ended the last time; the first answer counts', () => {
    const first = withOutcome(begun(LESSON, 'lab', 'ses_1'), LESSON, {
      step: 0,
      outcome: 'failed',
      problem: PROBLEM,
    });
    assert.deepEqual(Object.keys(first.results), ['session']);
    const again = withOutcome(first, LESSON, { step: 0, outcome: 'ok', result: { socketId: 'sck_2' } });
    assert.deepEqual(
      again.outcomes.map(({ outcome }) => outcome),
      ['ok'],
    );
    assert.deepEqual(
      [...namesOf(again, LESSON)],
      [
        ['ses_1', 'session'],
        ['sck_2', 'client'],
      ],
    );
    assert.deepEqual(withAnswer(withAnswer(again, 1, 0), 1, 1).answers, { 1: 0 });
  });

  test('is told in words', () => {
    const first = begun(LESSON, 'lab', 'ses_1');
    assert.equal(progressText(first, LESSON), 'step 1 of 3');
    assert.equal(progressText(ended(first, '2026-01-01T12:00:00.000Z'), LESSON), 'ended at step 1 of 3');
    assert.equal(progressText(whole(), LESSON), 'done');
    assert.equal(goneOn(whole(), LESSON).at, 3);
  });

  test('comes back as it was kept', () => {
    for (const progress of [begun(LESSON, 'native', 'ses_1'), whole()]) {
      assert.deepEqual(progressIn(keptText(progress) ?? '', LESSON), progress);
    }
  });

  test('what is too long is neither kept nor read', () => {
    const long = withOutcome(whole(), LESSON, {
      step: 0,
      outcome: 'ok',
      result: { text: 'x'.repeat(MOST_OF_PROGRESS) },
    });
    assert.equal(keptText(long), undefined);
    assert.equal(progressIn(JSON.stringify(long), LESSON), undefined);
  });

  test('a broken or foreign text is dropped', () => {
    const good = whole();
    const wrong: readonly unknown[] = [
      undefined,
      null,
      [],
      'text',
      { ...good, lessonId: 'another' },
      { ...good, provider: 'posix' },
      { ...good, sessionId: 7 },
      { ...good, at: -1 },
      { ...good, at: 4 },
      { ...good, at: 0.5 },
      { ...good, results: [] },
      { ...good, results: {} },
      { ...good, results: { ...good.results, one: 'x' } },
      { ...good, results: { session: { sessionId: 'ses_2' } } },
      { ...good, outcomes: {} },
      { ...good, outcomes: [{ step: 3, outcome: 'ok' }] },
      { ...good, outcomes: [{ step: 0, outcome: 'fine' }] },
      { ...good, outcomes: [{ step: 0, outcome: 'ok', result: 1 }] },
      { ...good, outcomes: [{ step: 0, outcome: 'failed', problem: { title: {} } }] },
      { ...good, outcomes: [{ step: 0, outcome: 'failed', unmet: [1] }] },
      { ...good, outcomes: Array.from({ length: 4 }, () => ({ step: 0, outcome: 'ok' })) },
      { ...good, answers: { 0: 0 } },
      { ...good, answers: { 1: 2 } },
      { ...good, answers: { '1.0': 0 } },
      { ...good, endedAt: 'yesterday' },
    ];
    for (const value of wrong) {
      const text = JSON.stringify(value) ?? 'undefined';
      assert.equal(progressIn(text, LESSON), undefined, text);
    }
    assert.equal(progressIn('{"lessonId"', LESSON), undefined);
    fc.assert(fc.property(fc.json(), (text) => progressIn(text, LESSON) === undefined));
  });
});

describe('texts', () => {
  const kinds = (text: string): string[] => textParts(text).map((part) => `${part.kind}:${part.text}`);

  test('code spans, and links to the pages of the daemon', () => {
    assert.deepEqual(kinds('Call `send`, see /problems/WSAENOTCONN.'), [
      'plain:Call ',
      'code:send',
      'plain:, see ',
      'link:/problems/WSAENOTCONN',
      'plain:.',
    ]);
    assert.deepEqual(kinds('/docs and /docs/rpc#send'), ['link:/docs', 'plain: and ', 'link:/docs/rpc#send']);
    assert.deepEqual(kinds('`/docs` alone'), ['code:/docs', 'plain: alone']);
  });

  test('nothing else becomes a link or markup', () => {
    const hostile = [
      '<img src=x onerror=alert(1)>',
      'https://example.com/docs',
      '//example.com/problems/WSAENOTCONN',
      'example.com/docs',
      '/docs/../v1/sessions',
      '/docs//example.com',
      '/docs\\example.com',
      '/problems/',
      '/docsx',
      '/v1/sessions',
      '/console/x.js',
      'javascript:/docs',
      'a `span without an end',
    ];
    for (const text of hostile) assert.deepEqual(kinds(text), [`plain:${text}`]);
  });

  test('no character is lost, and each link leads to /docs or /problems', () => {
    const pieces = fc.array(
      fc.oneof(
        fc.constantFrom('/docs', '/problems/', '`', 'x', '.', '#', '/', '\\', ':', '<b>'),
        fc.string(),
      ),
    );
    fc.assert(
      fc.property(pieces, (all) => {
        const text = all.join('');
        const parts = textParts(text);
        const again = parts.map((part) => (part.kind === 'code' ? `\`${part.text}\`` : part.text)).join('');
        assert.equal(again, text);
        for (const { kind, text: link } of parts) {
          if (kind !== 'link') continue;
          const { origin, pathname } = new URL(link, 'http://daemon.example/');
          assert.equal(origin, 'http://daemon.example');
          assert.match(pathname, /^\/(?:docs(?:\/|$)|problems\/.)/);
        }
      }),
    );
  });
});

describe('the answers of a run', () => {
  test('have each step and each question, and no ids', () => {
    const sheet = answerSheet(whole(), LESSON, 'lab', '2026-01-01T12:00:00.000Z');
    assert.deepEqual([sheet.stepsDone, sheet.rightAnswers, sheet.questions], [3, 1, 1]);
    assert.deepEqual(sheet.steps[1], {
      step: 2,
      call: { operation: 'select', params: { sessionId: 'session', read: '[client]', timeoutMs: '10' } },
      outcome: 'ok',
      asExpected: true,
      question: { text: 'Is it?', choice: 'No', isRight: true },
    });
    const text = sheetText(sheet);
    assert.equal(
      text,
      [
        'Short (short)',
        '2026-01-01T12:00:00.000Z, provider lab',
        'Steps: 3 of 3. Right answers: 1 of 1.',
        '',
        '1. socket(provider: "lab", sessionId: session, family: "AF_INET", type: "SOCK_STREAM")',
        '   ok: as expected',
        '',
        '2. select(sessionId: session, read: [client], timeoutMs: 10)',
        '   ok: as expected',
        '   Question: Is it?',
        '   Answer: No (right)',
        '',
        '3. send(socketId: client, data: { text: client })',
        '   WSAENOTCONN: as expected',
        '',
      ].join('\n'),
    );
    assert.doesNotMatch(text + JSON.stringify(sheet), /ses_1|sck_1/);
  });

  test('say what was not made, not answered, wrong, or not as expected', () => {
    let progress = begun(LESSON, 'native', 'ses_1');
    progress = withOutcome(progress, LESSON, { step: 0, outcome: 'failed', result: {}, unmet: ['/state'] });
    const text = sheetText(answerSheet(progress, LESSON, 'posix', '2026-01-01'));
    assert.match(text, /Steps: 0 of 3. Right answers: 0 of 1\./);
    assert.match(text, /ok: not as expected/);
    assert.match(text, /2\. .*\n {3}not made\n {3}Question: Is it\?\n {3}not answered\n/);
    assert.match(
      sheetText(answerSheet(withAnswer(progress, 1, 0), LESSON, 'posix', '')),
      /Answer: Yes \(wrong\)/,
    );
  });
});
