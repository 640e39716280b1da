/** Python reads the data of a repetition unchanged, whatever it is, and makes the calls with it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { bodyOf } from '../../../../src/http/export/replay/replay-bodies.js';
import { pythonProgram } from '../../../../src/http/export/replay/runner.js';
import { inserted, type Step } from '../../../../src/http/export/replay/step.js';
import { socket } from '../../../../src/operations/sockets/socket.js';
import { needs } from '../../../programs.js';

const TEXTS = [
  `it's "quoted" '''`,
  "'''",
  `'''))\nimport os\nos._exit(3)\n`,
  '"""',
  '\\',
  "\\'",
  "\\\\'''\\",
  '\\u0027 \\n \\N{DIGIT ONE} {0} %s $HOME `id`',
  '\r\n\r \n\t\f\v\b\0\x7f\x85\x1a',
  '\u2028\u2029\ufeff',
  'é 漢 😀',
  '@id:socket@ @zeros:3@ {socket}',
];
/** Texts with halves of surrogate pairs, which UTF-8 cannot encode. */
const HALVES = ['\ud800', '\udc00 \ud83d', "\udfff'''"];

/** Objects that look like placeholders. */
const LOOKALIKES = [
  { $given: 'socket' },
  { $padded: { base64: 'YQ==', length: 2 } },
  { $plain: { $given: 'socket' } },
  { $given: 'socket', name: 'x' },
  { $: [] },
];

const VALUES = [true, false, null, 0, -1.5, 1e300, Number.MAX_SAFE_INTEGER, [], {}, '', [[{ a: [null] }]]];

interface Call {
  readonly path: readonly string[];
  readonly body: unknown;
}

/** Runs the program of some steps; gives the calls that it makes. Each is answered with the id `made`. */
const callsOf = async (
  t: TestContext,
  steps: readonly Step[],
  remarks: readonly string[] = [],
): Promise<{ calls: readonly Call[]; code: number; err: string }> => {
  const calls: Call[] = [];
  const server = http.createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const path = (request.url ?? '').slice(1).split('/').map(decodeURIComponent);
    calls.push({ path, body: text === '' ? undefined : JSON.parse(text) });
    response.writeHead(201, { 'content-type': 'application/json' }).end('{"socketId":"made"}');
  });
  server.listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  // A server that listens at a port has such an address.
  const { port } = server.address() as AddressInfo;
  const program = [...pythonProgram("'''", { steps, sessions: [], remarks })].join('');
  const env = { PATH: process.env.PATH, WINSOCKD_URL: `http://127.0.0.1:${port}`, WINSOCKD_TOKEN: 'x' };
  const child = spawn('python3', ['-'], { env, stdio: ['pipe', 'ignore', 'pipe'] });
  child.stdin.end(program);
  let err = '';
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  const [code] = await once(child, 'close');
  return { calls, code, err };
};

const step = (path: Step['path'], more: Partial<Step>): Step => ({
  ...{ number: '0', operation: 'send', notes: [], method: 'POST', path, ...inserted(socket) },
  ...more,
});

test('any text in a body, a path, a note or a remark is data, not code', async (t) => {
  if (!needs(t, 'python3')) return;
  const body = { texts: TEXTS, halves: HALVES, looks: LOOKALIKES, values: VALUES, "'''": 1, __proto__x: 2 };
  const steps = [
    step(['v1', 'whole'], { body: bodyOf(body, new Map()).body, notes: [...TEXTS, ...HALVES] }),
    ...TEXTS.map((text) => step(['v1', text], { notes: [text] })),
  ];
  const { calls, code, err } = await callsOf(t, steps, TEXTS);
  assert.deepEqual([code, err], [0, '']);
  assert.deepEqual(calls, [
    { path: ['v1', 'whole'], body },
    ...TEXTS.map((text) => ({ path: ['v1', text], body: undefined })),
  ]);
});

test('placeholders for ids, ports and bytes are replaced, but not objects that look like them', async (t) => {
  if (!needs(t, 'python3')) return;
  const names = new Map([['recorded', 'socket']]);
  const params = {
    ...{ id: 'recorded', ids: ['recorded', 'other'], looks: LOOKALIKES },
    buffers: [{ len: 2 }, { len: 6 }, { len: 9, given: 3 }, { len: 0 }],
    address: { family: 'AF_INET', address: '127.0.0.1', port: 5000 },
  };
  const { body, notes } = bodyOf(params, names, { sent: Buffer.from('abcd'), ownPort: () => 'socket_port' });
  const steps = [
    step(['v1', 'sockets'], { gives: { at: ['socketId'], name: 'socket' } }),
    step(['v1', 'sockets', { $given: 'socket' }, 'sendTo'], { body }),
  ];
  const { calls, code, err } = await callsOf(t, steps);
  const [, sendTo] = calls;
  assert.deepEqual([code, err], [0, '']);
  assert.deepEqual(sendTo, {
    path: ['v1', 'sockets', 'made', 'sendTo'],
    body: {
      ...{ id: 'made', ids: ['made', 'other'], looks: LOOKALIKES },
      buffers: [
        { base64: Buffer.from('ab').toString('base64') },
        { base64: Buffer.from('cd\0\0\0\0').toString('base64') },
        { base64: Buffer.alloc(3).toString('base64'), len: 9 },
        { base64: '' },
      ],
      address: { family: 'AF_INET', address: '127.0.0.1', port: 'none' },
    },
  });
  assert.deepEqual(
    notes.map((note) => note.replace(/ were not.*/, '')),
    ['4 of the 6 bytes of buffers', '3 of the 3 bytes of buffers'],
  );
});

test('if an answer differs, the program prints the notes of its call, and the remarks', async (t) => {
  if (!needs(t, 'python3')) return;
  const { code, err } = await callsOf(
    t,
    [step(['v1'], { status: 200, notes: ['A note.'] }), step(['v1'], { notes: ['Another.'] })],
    ['A remark.'],
  );
  assert.equal(code, 1);
  assert.equal(err, '0 send: 201 -, it was 200 -\n# A note.\nSome answers differ.\n# A remark.\n');
});
