import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CHECKOUT, removeFolder, script } from './checkout.js';

interface Answered {
  readonly operation: string;
  readonly status: number;
  readonly name: string;
}
interface Recording {
  readonly folder: string;
  readonly hook: string;
}

const {
  answersResult,
  compareAnswers,
  recordedIn,
  recordingEnv,
  startRecording,
  statedAnswers,
  unseenLines,
} = await script<{
  answersResult(platform: string, absent: Answered[]): { outcome: string; reason?: string };
  compareAnswers(stated: Answered[], seen: Answered[]): { absent: Answered[]; unseen: Answered[] };
  recordedIn(folder: string): Answered[];
  recordingEnv(recording: Recording, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv;
  startRecording(checkout: string, folder: string): Promise<Recording>;
  statedAnswers(checkout: string): Answered[];
  unseenLines(unseen: Answered[], stated: Answered[]): string[];
}>('test/answers.mjs');

const answered = (operation: string, status: number, name = ''): Answered => ({ operation, status, name });

/** A fake daemon: the query of each request defines the answer. */
const SERVER = `
import http from 'node:http';
const server = http.createServer((request, response) => {
  const { status, body = '', ...fields } = Object.fromEntries(new URL(request.url, 'http://x').searchParams);
  response.writeHead(Number(status), fields);
  response.write(body.slice(0, 200));
  response.end();
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
for (const line of process.argv.slice(1)) {
  if (line === 'invented') server.answersAreInvented = true;
  else await fetch('http://127.0.0.1:' + server.address().port + line, { method: 'POST' });
}
server.close();
`;

const query = (status: number, fields: Record<string, string> = {}): string =>
  new URLSearchParams({ status: String(status), 'x-request-id': 'req-1', ...fields }).toString();

const problem = (name: string, more: object = {}): { readonly body: string } => ({
  body: JSON.stringify({ type: `/problems/${name}`, ...more }),
});

describe('answers of a run', () => {
  let root: string;
  let recording: Recording;

  before(async () => {
    root = mkdtempSync(join(tmpdir(), 'winsockd-answers-'));
    mkdirSync(join(root, 'before'));
    writeFileSync(join(root, 'before', '1.answers'), 'send 200\n');
    recording = await startRecording(CHECKOUT, join(root, 'before'));
  });
  after(() => removeFolder(root));

  const recorded = (...lines: string[]): Answered[] => {
    const env = { ...process.env, ...recordingEnv(recording, {}) };
    const run = spawnSync(process.execPath, ['--input-type=module', '-e', SERVER, '--', ...lines], { env });
    assert.equal(run.status, 0, run.stderr.toString());
    return recordedIn(recording.folder);
  };

  it('are recorded once each, without those of an earlier run', () => {
    assert.deepEqual(recordedIn(recording.folder), []);
    const send = '/v1/sockets/sck_1/send';
    const lines = [
      `${send}?${query(200)}`,
      `/v1/sockets/sck_2/send?${query(200)}`,
      `${send}?${query(409, problem('WSAENOTCONN'))}`,
      `/v1/none?${query(404, problem('not-found'))}`,
      `${send}?${query(502, { ...problem('WSAECONNRESET'), 'winsockd-fault': 'flt_1' })}`,
      `${send}?status=201`, // not the daemon
      'invented',
      `${send}?${query(504, problem('WSAETIMEDOUT', { operation: 'send' }))}`,
      `${send}?${query(415, problem('unsupported-media-type'))}`,
      `${send}?${query(500)}`,
    ];
    assert.deepEqual(recorded(...lines), [
      answered('send', 200),
      answered('send', 409, 'WSAENOTCONN'),
      answered('send', 415, 'unsupported-media-type'),
      answered('send', 500, 'no-problem-document'),
    ]);
  });

  it('are compared with the document', () => {
    const stated = statedAnswers(CHECKOUT);
    const seen = [
      answered('send', 200),
      answered('send', 409, 'WSAENOTCONN'),
      answered('live', 421, 'misdirected'),
    ];
    assert.deepEqual(compareAnswers(stated, seen).absent, []);
    const absent = [answered('send', 201), answered('send', 409, 'WSAEALREADY')];
    assert.deepEqual(compareAnswers(stated, [...seen, ...absent]).absent, absent);
    assert.equal(answersResult('linux', []).outcome, 'passed');
    assert.match(String(answersResult('linux', absent).reason), /send 201; send 409 WSAEALREADY$/);
  });

  it('list the codes that no test has seen', () => {
    const stated = [
      answered('a', 400, 'x'),
      answered('b', 400, 'x'),
      answered('a', 200),
      answered('b', 502, 'y'),
    ];
    const { unseen } = compareAnswers(stated, [answered('a', 400, 'x'), answered('a', 200)]);
    assert.deepEqual(unseenLines(unseen, stated), ['400 x: b', '502 y: 1 of 1']);
  });

  it('include routes inside and outside the document', () => {
    const routes: { operation: string; method: string; pattern: string }[] = JSON.parse(
      readFileSync(join(recording.folder, 'routes.json'), 'utf8'),
    );
    const of = (method: string, path: string) =>
      routes.find((route) => route.method === method && new RegExp(route.pattern).test(path))?.operation;
    assert.equal(of('POST', '/v1/sockets/sck_1/close'), 'close');
    assert.equal(of('DELETE', '/v1/sockets/sck_1'), 'close');
    assert.equal(of('GET', '/v1/events'), 'events');
  });
});
