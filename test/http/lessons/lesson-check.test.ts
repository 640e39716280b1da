/** What a lesson may not have: members, texts, references and calls. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Lesson, LessonStep } from '../../../src/http/lessons/lesson.js';
import { lessonOperations } from '../../../src/http/lessons/lesson-calls.js';
import { CHAPTERS } from '../../../src/operations/list.js';
import { calls, folderOf, lessonOf, opens, readFolder, ref } from './folder.js';

const QUESTION = { text: 'Which?', choices: ['this', 'that'], right: 0, why: 'Because.' };

type Case = readonly [what: string, lesson: object, wanted: string];

/** The message of the refusal, without the file. */
const complaintAbout = async (folder: string): Promise<string> => {
  try {
    await readFolder(folder);
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^.*mine\.json: /, '') : String(error);
  }
  return 'no complaint';
};

const refused = (cases: readonly Case[]): void => {
  for (const [what, lesson, wanted] of cases) {
    test(what, async (t) => {
      assert.equal(await complaintAbout(folderOf(t, { 'mine.json': lesson })), wanted);
    });
  }
};

const accepted = (cases: readonly (readonly [what: string, lesson: object])[]): void =>
  refused(cases.map(([what, lesson]) => [what, lesson, 'no complaint']));

const step = (more: Partial<LessonStep> | object): Lesson => lessonOf([{ ...opens('one'), ...more }]);

describe('the schema of a lesson', () => {
  const { title: _, ...untitled } = lessonOf([opens('one')]);
  refused([
    ['a lesson that is no object', [], '/: must be object'],
    ['a missing member', untitled, '/title: is missing'],
    ['an unknown member', { ...step({}), html: '' }, '/html: is no member of a lesson'],
    ['an unknown member of a step', step({ 'a/b': 1 }), '/steps/0/a~1b: is no member of a lesson'],
    ['no steps', lessonOf([]), '/steps: must NOT have fewer than 1 items'],
    [
      'too many steps',
      lessonOf(Array.from({ length: 101 }, () => ({ text: 'x' }))),
      '/steps: must NOT have more than 100 items',
    ],
    [
      'a text that is too long',
      step({ text: 'x'.repeat(801) }),
      '/steps/0/text: must NOT have more than 800 characters',
    ],
    ['a step without text', step({ text: '' }), '/steps/0/text: must NOT have fewer than 1 characters'],
    [
      'the native provider alone',
      { ...step({}), providers: ['native'] },
      '/providers: must be one of ["lab"], ["lab","native"]',
    ],
    [
      'a question with one choice',
      step({ question: { ...QUESTION, choices: ['this'] } }),
      '/steps/0/question/choices: must NOT have fewer than 2 items',
    ],
    [
      'a right answer that is none of the choices',
      step({ question: { ...QUESTION, right: 2 } }),
      '/steps/0/question/right: is the index of no choice',
    ],
  ]);
  accepted([
    ['a whole step', step({ as: 'server 1', after: 'See.', question: QUESTION })],
    ['the schema for an editor', { ...step({}), $schema: './lesson.schema.json' }],
  ]);
});

describe('the texts of a lesson', () => {
  const MARKUP = 'has markup';
  const LINK = 'has a link; only /docs and /problems can be linked';
  const HIDDEN = 'has a control, direction or invisible character';
  const SPAN = 'has a code span that is empty or does not end';
  const wrong: readonly (readonly [string, string])[] = [
    ['<b>bold</b>', MARKUP],
    ['</p>', MARKUP],
    ['<!-- hidden -->', MARKUP],
    ['see [here](/docs)', 'has a Markdown link or image'],
    ['![](x)', 'has a Markdown link or image'],
    ['http://example.com', LINK],
    ['HTTPS:example', LINK],
    ['//example.com/x', LINK],
    ['\\\\server\\share', LINK],
    ['www.example.com', LINK],
    ['mailto:somebody', LINK],
    ['javascript:alert(1)', LINK],
    ['data:text/html,x', LINK],
    ['two\nlines', HIDDEN],
    ['\u202egnirts', HIDDEN],
    ['zero\u200bwidth', HIDDEN],
    ['bell\u0007', HIDDEN],
    ['a `span that does not end', SPAN],
    ['a `` b', SPAN],
    ['/problems/WSAENOSUCH', 'names a page of /problems that does not exist'],
    ['/docs/../v1/drain', 'has a path that leaves /docs'],
  ];
  refused(wrong.map(([text, detail]) => [text, step({ text }), `/steps/0/text: ${detail}`]));
  refused([
    ['in a title', { ...step({}), title: '<i>' }, `/title: ${MARKUP}`],
    ['in a summary', { ...step({}), summary: '<i>' }, `/summary: ${MARKUP}`],
    ['in what to see', step({ after: '<i>' }), `/steps/0/after: ${MARKUP}`],
    ['in a question', step({ question: { ...QUESTION, text: '<i>' } }), `/steps/0/question/text: ${MARKUP}`],
    [
      'in a choice',
      step({ question: { ...QUESTION, choices: ['a', '<i>'] } }),
      `/steps/0/question/choices/1: ${MARKUP}`,
    ],
    ['in a reason', step({ question: { ...QUESTION, why: '<i>' } }), `/steps/0/question/why: ${MARKUP}`],
  ]);
  const right = [
    'a < b, and `x<3`',
    'See /problems/WSAENOTCONN, /docs and /docs/rpc.',
    'The data: five bytes. Note: and/or [1].',
    '„Grüße“, 10:30, C:\\temp',
  ];
  accepted(right.map((text) => [text, step({ text })]));
});

describe('the calls of a lesson', () => {
  refused([
    [
      'two steps with one id',
      lessonOf([opens('one'), { text: 'Nothing.' }, opens('one')]),
      '/steps/2/call/id: is the id of an earlier step',
    ],
    ['the id of the session', lessonOf([opens('session')]), '/steps/0/call/id: is the id of an earlier step'],
    [
      'a reference to a later step',
      lessonOf([calls('getSocket'), opens('one')]),
      '/steps/0/call/params/socketId: refers to no earlier step',
    ],
    [
      'a code that does not exist',
      lessonOf([
        { text: 'x', call: { ...opens('one').call, operation: 'socket', expectError: 'WSAENOSUCH' } },
      ]),
      '/steps/0/call/expectError: is not a code or refusal; see /problems',
    ],
    [
      'an unknown parameter',
      lessonOf([opens('one'), calls('listen', { backlock: 5 })]),
      '/steps/1/call/params/backlock: is not a parameter of this operation',
    ],
    [
      'a name for a call that makes no socket',
      lessonOf([opens('one'), { ...calls('listen'), as: 'server' }]),
      '/steps/1/as: must be a new name, of a call with an id that makes a socket',
    ],
    [
      'a name twice',
      lessonOf([
        { ...opens('one'), as: 'server' },
        { ...opens('two'), as: 'server' },
      ]),
      '/steps/1/as: must be a new name, of a call with an id that makes a socket',
    ],
    [
      'a session that is not its own',
      lessonOf([opens('one', { sessionId: 'ses_1' })]),
      '/steps/0/call/params/sessionId: must be {"$result": "/session/sessionId"}',
    ],
    [
      'a duplicate into another session',
      lessonOf([opens('one'), calls('duplicate', { sessionId: 'ses_1' })]),
      '/steps/1/call/params/sessionId: must be {"$result": "/session/sessionId"}',
    ],
    [
      'a socket that is not its own',
      lessonOf([calls('getSocket', { socketId: 'sck_1' })]),
      '/steps/0/call/params/socketId: must be a reference to a result',
    ],
    [
      'AF_UNIX',
      lessonOf([opens('one', { family: 'AF_UNIX' })]),
      '/steps/0/call/params/family: must be AF_INET or AF_INET6',
    ],
    [
      'a path of AF_UNIX',
      lessonOf([opens('one'), calls('bind', { address: { family: 'AF_UNIX', path: '/tmp/x' } })], {
        providers: ['lab'],
      }),
      '/steps/1/call/params/address/family: must be AF_INET or AF_INET6',
    ],
    [
      'a catalog entry',
      lessonOf([opens('one', { catalogEntryId: 1001 })]),
      '/steps/0/call/params/catalogEntryId: must be left out: its numbers differ between machines',
    ],
    [
      'another provider',
      lessonOf([opens('one', { provider: 'posix' })]),
      '/steps/0/call/params/provider: must be "lab", or be left out',
    ],
  ]);

  const FORBIDDEN = [
    ...['startup', 'endSession', 'listSessions', 'renewSession', 'getAddrInfo', 'getNameInfo', 'startRelay'],
    ...['updateRelay', 'endRelay', 'resetSession', 'batch', 'sendBytes', 'recvBytes', 'drain', 'nonsense'],
  ];
  refused(
    FORBIDDEN.map((operation) => [
      `the operation ${operation}`,
      lessonOf([{ text: 'x', call: { operation } }]),
      '/steps/0/call/operation: is not an operation that lessons may call',
    ]),
  );

  test('all other operations are for lessons', () => {
    const allowed = lessonOperations(CHAPTERS);
    const others = CHAPTERS.flatMap(({ operations }) => operations.map(({ name }) => name)).filter(
      (name) => !allowed.has(name),
    );
    assert.deepEqual(
      new Set(others),
      new Set([
        ...['startup', 'listSessions', 'renewSession', 'setLastError', 'endSession'],
        ...['getAddrInfo', 'getNameInfo'],
        ...['startRelay', 'listRelays', 'getRelay', 'updateRelay', 'endRelay', 'resetSession'],
      ]),
    );
  });
});

describe('a lesson that runs natively', () => {
  const to = (address: string, port: number): object => ({
    address: { family: 'AF_INET', address, port },
  });
  const ADDRESS = 'must be a reference to a result, where the lesson runs natively';
  const after = (one: LessonStep, wanted: string): Case => [
    `${one.call?.operation} ${JSON.stringify(one.call?.params)}`,
    lessonOf([opens('one'), one]),
    `/steps/1/call/params/${wanted}`,
  ];
  const option = (level: string, name: string): LessonStep =>
    calls('setSockOpt', { level, name, value: { integer: 1 } });
  refused([
    after(calls('bind', to('0.0.0.0', 0)), 'address: must be on loopback, where the lesson runs natively'),
    after(
      calls('bind', to('192.168.1.5', 0)),
      'address: must be on loopback, where the lesson runs natively',
    ),
    after(
      calls('bind', { address: ref('/one/address') }),
      'address: must be on loopback, where the lesson runs natively',
    ),
    after(calls('bind', to('127.0.0.1', 80)), 'address/port: must be 0, where the lesson runs natively'),
    after(calls('connect', to('127.0.0.1', 80)), `address: ${ADDRESS}`),
    after(calls('connect', to('93.184.216.34', 80)), `address: ${ADDRESS}`),
    after(
      calls('connect', { address: { family: 'AF_INET', address: ref('/one/x'), port: 80 } }),
      `address: ${ADDRESS}`,
    ),
    after(calls('sendTo', { data: { text: 'x' }, ...to('224.0.0.1', 9) }), `address: ${ADDRESS}`),
    after(calls('sendMsg', { data: { text: 'x' }, ...to('127.0.0.1', 9) }), `address: ${ADDRESS}`),
    after(
      calls('sendMsg', { data: { text: 'x' }, control: [{ type: 'IP_TTL', value: 1 }] }),
      'control: must be left out, where the lesson runs natively',
    ),
    after(
      option('IPPROTO_IP', 'IP_ADD_MEMBERSHIP'),
      'level: must be SOL_SOCKET or IPPROTO_TCP, where the lesson runs natively',
    ),
    after(
      option('IPPROTO_IPV6', 'IPV6_MULTICAST_IF'),
      'level: must be SOL_SOCKET or IPPROTO_TCP, where the lesson runs natively',
    ),
    after(
      calls('ioctl', { request: 'SIO_RCVALL', value: 1 }),
      'request: must be one of FIONBIO, FIONREAD, SIOCATMARK, SIO_KEEPALIVE_VALS, where the lesson runs natively',
    ),
  ]);
  accepted([
    [
      'a port that it bound itself',
      lessonOf([
        opens('one'),
        { text: 'x', call: { ...calls('bind', to('127.0.0.1', 0)).call, operation: 'bind', id: 'bound' } },
        calls('connect', { address: ref('/bound/localAddress') }),
        option('SOL_SOCKET', 'SO_KEEPALIVE'),
        option('IPPROTO_TCP', 'TCP_NODELAY'),
      ]),
    ],
    [
      'any address in a lesson of the lab alone',
      lessonOf(
        [
          opens('one'),
          calls('bind', to('10.0.0.1', 80)),
          calls('connect', to('10.0.0.2', 80)),
          option('IPPROTO_IP', 'IP_TTL'),
        ],
        { providers: ['lab'] },
      ),
    ],
  ]);
});
