/** Calls as code: the programs run against a daemon, and texts survive the quotes of each language. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { LANGUAGES, type Language } from '../../src/console/model/code/languages.js';
import {
  asciiJsonText,
  comment,
  javascriptText,
  jsonText,
  powershellText,
  pythonText,
  shellText,
} from '../../src/console/model/code/text.js';
import { type Step, stepsOf } from '../../src/console/model/steps.js';
import { needs } from '../programs.js';
import { pathToPython } from '../python.js';
import { fileOf, outcomeOf } from '../scenarios/export/exports.js';
import { ALICE, PROVIDERS, startDaemon, startSession } from '../scenarios/test-daemon.js';
import {
  conversationOf,
  datagramConversation,
  faultyConversation,
  streamConversation,
} from './conversations.js';

const PATH = pathToPython();

/** How a file of each language is run. */
const RUNS: Readonly<Record<Language['id'], readonly string[]>> = {
  curl: ['bash'],
  python: ['python3'],
  powershell: ['pwsh', '-NoProfile', '-File'],
  javascript: ['node'],
};

/** Runs code against the daemon; no proxy listens where the environment names one. */
const run = async (
  t: Parameters<typeof fileOf>[0],
  { id, extension }: Language,
  code: string,
): Promise<{ code: number; out: string; err: string }> => {
  assert.ok(!code.includes(ALICE));
  const [command = '', ...args] = RUNS[id];
  const env = { PATH, WINSOCKD_TOKEN: ALICE, http_proxy: 'http://127.0.0.1:9' };
  const done = await outcomeOf(command, [...args, fileOf(t, `code.${extension}`, code)], env);
  assert.ok(!`${done.out}${done.err}`.includes(ALICE));
  return done;
};

const HOSTILE = 'quote \' " ` $HOME $(id) %s \\ </script> \u2018\u2019 \u2028 \u202e \u{1f600}\r\nEND\n!';

/** Debian has no PowerShell, so its absence is a skip in CI too; its quotes are tested all the same. */
const canRun = (t: TestContext, command: string): boolean => {
  if (command !== 'pwsh') return needs(t, command);
  const isThere = spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;
  if (!isThere) t.skip(`${command} is not installed`);
  return isThere;
};

for (const language of LANGUAGES) {
  const [command = ''] = RUNS[language.id];
  describe(`calls in ${language.label}`, () => {
    for (const provider of PROVIDERS) {
      test(`whole conversations on ${provider} run again, and end as they did`, async (t) => {
        if (!canRun(t, command)) return;
        const daemon = await startDaemon(t);
        for (const make of [streamConversation, datagramConversation, faultyConversation]) {
          const { steps } = await conversationOf(daemon, await make(daemon, provider));
          const before = await daemon.api.ok.get('/v1/sessions');
          const { code, out, err } = await run(t, language, language.program(steps, daemon.url));
          assert.deepEqual([code, err], [0, ''], out);
          const told = out.trim().split('\n');
          assert.deepEqual(
            told.map((line) => line.split(' ').slice(0, 2).join(' ')),
            steps.map(({ operation, expectError = 'ok' }) => `${operation} ${expectError}`),
          );
          const after = await daemon.api.ok.get('/v1/sessions');
          assert.equal(after.sessions.length, before.sessions.length, 'the program has ended its session');
        }
      });
    }

    test('a step that ends otherwise ends the program and its session, with another status', async (t) => {
      if (!canRun(t, command)) return;
      const daemon = await startDaemon(t);
      const steps: Step[] = [
        { id: 'session', operation: 'startup' },
        {
          operation: 'socket',
          params: { sessionId: { $result: '/session/sessionId' }, provider: 'lab' },
          expectError: 'WSAEMFILE',
        },
        { operation: 'cleanup', params: { sessionId: { $result: '/session/sessionId' } } },
      ];
      const { code, out, err } = await run(t, language, language.program(steps, daemon.url));
      assert.notEqual(code, 0);
      assert.match(err, /socket: ok, it was WSAEMFILE/);
      assert.doesNotMatch(out, /cleanup/);
      assert.deepEqual((await daemon.api.ok.get('/v1/sessions')).sessions, []);
    });

    test('ids and members that are no names in the language are references all the same', async (t) => {
      if (!canRun(t, command)) return;
      const daemon = await startDaemon(t);
      const ids = ['class', 'PATH', 'a-b', '1', 'Session', 'session', 'host', 'constructor', 'result', 'é'];
      const faults = [{ effect: 'fail', operation: 'listen', code: 'WSAENOBUFS' }];
      const steps = ids.slice(0, -1).flatMap((id): Step[] => [
        { id, operation: 'startup', params: { faults }, notes: [`${HOSTILE}\n${id}`] },
        {
          operation: 'getFault',
          params: {
            sessionId: { $result: `/${id}/sessionId` },
            faultId: { $result: `/${id}/faultIds/0` },
          },
        },
      ]);
      const { code, err } = await run(t, language, language.program(steps, daemon.url));
      assert.deepEqual([code, err], [0, '']);
    });

    test('one call, with a hostile text and with a long one', async (t) => {
      if (!canRun(t, command)) return;
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, 'lab');
      const [client, server] = await session.pair();
      for (const text of [HOSTILE, '\u00e9'.repeat(30_000), `'`.repeat(200_000)]) {
        const params = { socketId: client.id, data: { text } };
        const { code, out, err } = await run(
          t,
          language,
          language.call({ operation: 'send', params }, daemon.url),
        );
        assert.deepEqual([code, err], [0, '']);
        const sent = Buffer.byteLength(text);
        assert.match(out, new RegExp(`bytesSent"?\\s*:\\s*${sent}\\b`));
        let received = '';
        while (Buffer.byteLength(received) < sent) {
          const { data } = await server.ok('recv', { maxBytes: 4_000_000, as: 'text', timeoutMs: 10_000 });
          received += data.text;
        }
        assert.equal(received, text);
      }
    });

    test('a program names the variables, and no origin breaks out of it', () => {
      const breaking = `http://x'"; $(id) \``;
      for (const code of [
        language.program([{ operation: 'startup' }], breaking),
        language.call({ operation: 'startup', params: {} }, breaking),
      ]) {
        assert.match(code, /WINSOCKD_URL/);
        assert.match(code, /WINSOCKD_TOKEN/);
        assert.ok(code.includes('http://127.0.0.1:10093') && !code.includes(breaking));
      }
    });

    test('a megabyte of text, halves of surrogate pairs, and </script> in each place', () => {
      const text = `${'</script>\ud800\n'.repeat(100_000)}`;
      const { steps } = stepsOf([
        {
          call: { operation: 'startup', params: { version: text, [text.slice(0, 20)]: 1 } },
          outcome: { ok: true, result: { sessionId: 'ses_1' } },
          beganMs: 0,
          endMs: 1,
        },
      ]);
      const code = language.program(steps, 'http://127.0.0.1:1');
      assert.doesNotMatch(code, /<\/script|[\ud800-\udfff]/u);
    });
  });
}

/** Texts that mean something in one of the languages, and any others. */
const texts = fc.array(
  fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.string({ unit: 'grapheme', maxLength: 40 }),
    // Code units: halves of surrogate pairs too.
    fc
      .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 })
      .map((units) => String.fromCharCode(...units)),
    fc
      .array(
        fc.constantFrom(
          ...`'"\`$\\\n\r\t\0 !%{}()<>/#&|;uUxN0`,
          '</script>',
          '<!--',
          "'@",
          '\u2018',
          '\u2028',
          '\u{1f600}',
        ),
        {
          maxLength: 30,
        },
      )
      .map((parts) => parts.join('')),
  ),
  { minLength: 100, maxLength: 300 },
);

const RUNS_OF_TEXTS = { numRuns: 10 };

/** What a program writes to its standard output. */
const outputOf = (command: string, args: readonly string[], input: string): string => {
  const { status, stdout, stderr } = spawnSync(command, args, {
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  assert.equal(status, 0, stderr);
  return stdout;
};

describe('a literal gives the same text back', () => {
  test('in JavaScript', () => {
    fc.assert(
      fc.property(texts, (all) => {
        const list = `[${all.map(javascriptText).join(',\n')}]`;
        const out = outputOf(process.execPath, ['-'], `process.stdout.write(JSON.stringify(${list}))`);
        assert.deepEqual(JSON.parse(out), all);
      }),
      RUNS_OF_TEXTS,
    );
  });

  test('in Python', (t) => {
    if (!needs(t, 'python3')) return;
    fc.assert(
      fc.property(texts, (all) => {
        const list = `[${all.map(pythonText).join(',\n')}]`;
        const out = outputOf('python3', ['-W', 'error', '-'], `import json\nprint(json.dumps(${list}))`);
        assert.deepEqual(JSON.parse(out), all);
      }),
      RUNS_OF_TEXTS,
    );
  });

  test('in bash: any JSON, and any text without NUL and halves of surrogate pairs', (t) => {
    if (!needs(t, 'bash')) return;
    fc.assert(
      fc.property(texts, (all) => {
        const plain = all.map((text) => text.replace(/[\0\p{Cs}]/gu, ''));
        const words = [...all.map((text) => `'${jsonText(text)}'`), ...plain.map(shellText)];
        const out = outputOf('bash', [], words.map((word) => `printf '%s\\0' ${word}\n`).join(''));
        const told = out.split('\0').slice(0, -1);
        assert.deepEqual(
          told.slice(0, all.length).map((text) => JSON.parse(text)),
          all,
        );
        assert.deepEqual(told.slice(all.length), plain);
      }),
      RUNS_OF_TEXTS,
    );
  });

  test('in PowerShell: ASCII without a quotation mark, and those of typography doubled', () => {
    fc.assert(
      fc.property(texts, (all) => {
        for (const text of all) {
          const json = asciiJsonText(text);
          assert.match(json, /^"[\x20-\x26\x28-\x7e]*"$/);
          assert.equal(JSON.parse(json), text);
          // What PowerShell reads: two quotation marks of any kind are the first of them.
          const literal = powershellText(text);
          assert.match(literal, /^'(?:[^'\u2018-\u201b]|['\u2018-\u201b]{2})*'$/s);
          assert.equal(literal.slice(1, -1).replace(/(['\u2018-\u201b])['\u2018-\u201b]/g, '$1'), text);
        }
      }),
      RUNS_OF_TEXTS,
    );
    assert.equal(powershellText("it's"), "'it''s'");
  });

  test('a comment has one line of ASCII, and ends no script', () => {
    fc.assert(
      fc.property(texts, (all) => {
        for (const text of all) assert.match(comment('#', text), /^# [\x20-\x7e]*$/);
      }),
      RUNS_OF_TEXTS,
    );
    assert.equal(comment('//', 'a </script>'), '// a \\u003c/script>');
  });
});
