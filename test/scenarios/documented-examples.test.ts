/** The examples of the OpenAPI document make one conversation with a daemon of default configuration. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appConfigOf } from '../../src/config/app-config.js';
import { loadConfig } from '../../src/config/load.js';
import { BYTES_CHAPTER } from '../../src/http/bytes/bytes-definitions.js';
import { CHAPTERS, OPERATIONS } from '../../src/operations/list.js';
import type { AnyOperation, ExampleSocket } from '../../src/operations/operation.js';
import { ADDRESS, FAULT_ID, RELAY_ID, SESSION_ID, SOCKET_ID } from '../../src/operations/schemas/examples.js';
import { currentOpenApi } from '../../src/write-openapi.js';
import type { Answer, Body } from '../http/client.js';
import { ALICE, startDaemon, type TestDaemon } from './test-daemon.js';

const document = JSON.parse(await currentOpenApi());

/** One request as the page at /docs offers it. */
interface Shown {
  readonly tag: string;
  readonly method: string;
  readonly path: string;
  readonly described: Body;
}

/** The operations in the order of the page: by the tags of the document, then by its paths. */
const SHOWN: readonly Shown[] = document.tags.flatMap(({ name: tag }: Body) =>
  Object.entries<Body>(document.paths).flatMap(([path, item]) =>
    Object.entries<Body>(item)
      .filter(([, described]) => described.tags.includes(tag))
      .map(([method, described]) => ({ tag, method, path, described })),
  ),
);

/** The requests of an operation: their bodies, and the summary of each where there are several. */
const bodiesOf = ({ described }: Shown): readonly { name?: string; summary?: string; value: unknown }[] => {
  const media = described.requestBody?.content['application/json'];
  if (media === undefined) return [{ value: undefined }];
  if (media.examples === undefined) {
    const name = String(media.schema.$ref).split('/').at(-1);
    return [{ value: document.components.schemas[name ?? ''].example }];
  }
  return Object.entries<Body>(media.examples).map(([name, one]) => ({ name, ...one }));
};

/** Values from the answers of the conversation so far. */
class Answers {
  sessionId = '';
  faultId = '';
  relayId = '';
  readonly sockets = new Map<string, string>();
  readonly ports = new Map<string, number>();

  /** A text of the document with the ids and the port that a reader would paste. */
  pasted(text: string, socket: ExampleSocket | undefined, op: AnyOperation | undefined): string {
    const port = op?.example?.port;
    return text
      .replaceAll(SESSION_ID, this.sessionId)
      .replaceAll('{sessionId}', this.sessionId)
      .replaceAll(FAULT_ID, this.faultId)
      .replaceAll(RELAY_ID, this.relayId)
      .replaceAll(SOCKET_ID, this.sockets.get(socket ?? '') ?? SOCKET_ID)
      .replaceAll('{socketId}', this.sockets.get(socket ?? 'client') ?? '')
      .replaceAll(`"port":${ADDRESS.port}`, `"port":${this.ports.get(port ?? '') ?? ADDRESS.port}`);
  }

  /** @param name of the example, or of the socket that it was for */
  learn(operationId: string, name: string | undefined, body: Body): void {
    if (operationId === 'startup') this.sessionId = body.sessionId;
    if (operationId === 'armFault') this.faultId = body.faultId;
    if (operationId === 'startRelay') this.relayId = body.relayId;
    if (operationId === 'socket') this.sockets.set(name ?? '', body.socketId);
    if (operationId === 'accept') this.sockets.set('accepted', body.socketId);
    if (operationId === 'bind') this.ports.set(name ?? '', body.localAddress.port);
  }
}

const operationOf = ({ described }: Shown): AnyOperation | undefined =>
  OPERATIONS.find(({ name }) => name === described.operationId);

/** Sends one request, for one socket. */
const send = (
  daemon: TestDaemon,
  shown: Shown,
  target: string,
  body: string | undefined,
): Promise<Answer> => {
  const { method } = shown;
  if (method === 'get') return daemon.api.get(target);
  if (method === 'delete') return daemon.api.delete(target);
  return daemon.api[method === 'put' ? 'put' : 'post'](target, body);
};

/** Sends every example of an operation, and checks its answer. */
const say = async (daemon: TestDaemon, shown: Shown, answers: Answers): Promise<void> => {
  const op = operationOf(shown);
  const { operationId, description = '', parameters = [] } = shown.described;
  const path = parameters
    .filter((one: Body) => one.in === 'path' && one.example !== undefined)
    .reduce((text: string, one: Body) => text.replace(`{${one.name}}`, one.example), shown.path);
  for (const socket of op?.example?.sockets ?? [undefined]) {
    if (socket !== undefined) assert.match(description, /\n\nExample: for the /, operationId);
    for (const { name, summary = '', value } of bodiesOf(shown)) {
      const target = answers.pasted(path, socket, op);
      assert.doesNotMatch(target, /[{}]/, `${operationId}: what is pasted there?`);
      const body = value === undefined ? undefined : answers.pasted(JSON.stringify(value), socket, op);
      const answer = await send(daemon, shown, target, body);
      const refused = op?.example?.requests?.[name ?? '']?.refused;
      const what = `${operationId} ${name ?? ''} for ${socket}: ${JSON.stringify(answer.body)}`;
      if (refused === undefined) assert.ok(answer.status < 300, what);
      else {
        assert.equal(answer.body.name, refused, what);
        assert.ok(summary.includes(refused), `${what}: the summary does not say so`);
      }
      answers.learn(operationId, name ?? socket, answer.body);
    }
  }
};

test('the page shows the operations in the order of their list, other routes after them', () => {
  const shown = SHOWN.map(({ described }) => described.operationId);
  const chapters = new Set(CHAPTERS.map(({ name }) => name));
  const ofChapters = SHOWN.filter((one) => chapters.has(one.tag) && operationOf(one));
  assert.deepEqual(
    ofChapters.map(({ described, tag }) => [tag, described.operationId]),
    CHAPTERS.flatMap(({ name: tag, operations }) => operations.map(({ name }) => [tag, name])),
  );
  assert.equal(shown.length, new Set(shown).size);
  assert.equal(shown.length, Object.values<Body>(document.paths).flatMap(Object.values).length);
  const order = ['startup', 'socket', 'connect', 'send', 'recv', 'close', 'cleanup'];
  assert.deepEqual(
    shown.filter((name) => order.includes(name)),
    order,
  );
});

/** Bytes have no example as JSON; those of docs/raw-bytes.md are run with the other examples there. */
const RAW: readonly string[] = BYTES_CHAPTER.operations.map(({ name }) => name);

test('every body of JSON has an example', () => {
  for (const shown of SHOWN) {
    if (RAW.includes(shown.described.operationId)) continue;
    if (shown.described.requestBody === undefined) continue;
    for (const { value } of bodiesOf(shown)) assert.ok(value, shown.described.operationId);
  }
});

/** Streams without an end. */
const ENDLESS = ['events'];

/** What ends the daemon is sent last, whatever follows it in the order of paths. */
const LAST = 'drain';

test('every example succeeds in that order, or fails with the code that it documents', async (t) => {
  const tokens = [{ name: 'alice', token: ALICE }];
  const { config } = loadConfig({ env: {} });
  const daemon = await startDaemon(t, { config: { ...appConfigOf(config, tokens, '0.0.0'), port: 0 } });
  const answers = new Answers();
  const isLast = ({ described }: Shown): boolean => described.operationId === LAST;
  for (const shown of [...SHOWN.filter((one) => !isLast(one)), ...SHOWN.filter(isLast)]) {
    if (![...ENDLESS, ...RAW].includes(shown.described.operationId)) await say(daemon, shown, answers);
  }
});
