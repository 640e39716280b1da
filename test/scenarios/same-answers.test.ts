/** Whichever way a call comes in, it has the same result and the same problem. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { resultErrors } from '../../src/operations/dispatch/validation.js';
import { OPERATIONS } from '../../src/operations/list.js';
import { type AnyOperation, ID_OF_SCOPE } from '../../src/operations/operation.js';
import type { ProviderName } from '../../src/winsock/protocol-info.js';
import type { TestClient } from '../http/client.js';
import { overBatch } from './batch/batch-client.js';
import { Caller, everything, overRest, type Parameters, type Send } from './every-operation.js';
import { overRpc } from './rpc/rpc-client.js';
import { overWebSocket, RpcSocket } from './rpc/rpc-socket.js';
import { ALICE, BOB, PROVIDERS, startDaemon } from './test-daemon.js';

/** A client, and what a way in needs that has a connection of its own. */
interface WayClient {
  readonly t: TestContext;
  readonly url: string;
  readonly api: TestClient;
  readonly token: string;
}

type Way = (client: WayClient) => Send;

const rest: Way = ({ api }) => overRest(api);

const WAYS: Readonly<Record<string, Way>> = {
  'JSON-RPC': ({ api }) => overRpc(api),
  'a WebSocket': ({ t, url, token }) => {
    const opened = RpcSocket.open(t, { url }, { token });
    return async (op, params) => overWebSocket(await opened)(op, params);
  },
  'a batch': ({ api }) => overBatch(api),
};

/** Members that say when, how long, or by which request. */
const OF_THE_MOMENT = /^(?:at|wall|time|timeMs|instance|requestId|.*At|.*Us)$/;

/** Answers with ids and ports numbered as they occur, and without what is of the moment. */
const comparable = (answers: readonly unknown[]): unknown => {
  const seen = new Map<string, string>();
  const numbered = (kind: string, value: unknown): string => {
    const key = `${kind} ${value}`;
    const name = seen.get(key) ?? `${kind} ${seen.size}`;
    seen.set(key, name);
    return name;
  };
  return JSON.parse(JSON.stringify(answers), (name, value) => {
    if (OF_THE_MOMENT.test(name)) return 'of the moment';
    if (name === 'port' && value > 0) return numbered('port', value);
    return typeof value === 'string'
      ? value.replace(/\b(ses|sck|off|rel)_\w+/g, (id, kind) => numbered(kind, id))
      : value;
  });
};

/** The answers of a conversation with every operation, each of which must succeed. */
const conversation = async (t: TestContext, way: Way, provider: ProviderName): Promise<unknown> => {
  const { api, url } = await startDaemon(t);
  const send = way({ t, url, api, token: ALICE });
  const answers: unknown[] = [];
  const call = new Caller(async (op, params) => {
    const { status, body } = await send(op, params);
    assert.deepEqual(resultErrors(op)(body), [], op.name);
    answers.push([op.name, body]);
    return { status, body };
  });
  await everything(call, provider);
  assert.equal(call.called.size, OPERATIONS.length);
  return comparable(answers);
};

for (const provider of PROVIDERS) {
  for (const [name, way] of Object.entries(WAYS)) {
    test(`every operation has the same result over ${name} as over REST, on ${provider}`, async (t) => {
      assert.deepEqual(await conversation(t, way, provider), await conversation(t, rest, provider));
    });
  }
}

/** Parameters that the operation could be called with, but for the session and socket. */
const exampleOf = ({ example }: AnyOperation): Parameters => {
  const [request] = Object.values(example?.requests ?? {});
  return { ...(request?.params ?? example?.params) };
};

/** Parameters that travel in the path or the query: there every value is a text. */
const inTarget = ({ rest }: AnyOperation): readonly string[] => [
  ...(rest?.query ?? []),
  ...[...(rest?.path ?? '').matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name),
];

/** Calls of one operation that fail, and some that do not. */
const failingCalls = (op: AnyOperation, ids: Parameters): readonly Parameters[] => {
  const base = { ...exampleOf(op), ...ids };
  const id = ID_OF_SCOPE[op.scope];
  const members = Object.keys(op.params.properties).filter((name) => !inTarget(op).includes(name));
  const takesBody = op.rest?.method === undefined || op.rest.method === 'PUT';
  return [
    ...(id === '' ? [] : [{ ...base, [id]: 'none' }]),
    ...(takesBody ? [{ ...base, unknown: 1 }, ...members.map((name) => ({ ...base, [name]: null }))] : []),
  ];
};

/** The problems of every operation, each in a session of its own. */
const problems = async (t: TestContext, way: Way): Promise<unknown> => {
  const { api, bob, url } = await startDaemon(t, { config: { limits: { sessionsPerOwner: 200 } } });
  const ofAlice = way({ t, url, api, token: ALICE });
  const ofBob = way({ t, url, api: bob, token: BOB });
  const answers: unknown[] = [];
  for (const op of OPERATIONS) {
    const { sessionId } = await api.ok.post('/v1/startup');
    const { socketId } = await api.ok.post(`/v1/sessions/${sessionId}/sockets`, { provider: 'lab' });
    const id = ID_OF_SCOPE[op.scope];
    const ids = { '': {}, sessionId: { sessionId }, socketId: { socketId } }[id];
    const say = async (send: Send, params: Parameters): Promise<void> => {
      const { status, body } = await send(op, params);
      answers.push([op.name, params, status < 300 ? 'success' : status, body]);
    };
    for (const params of failingCalls(op, ids)) await say(ofAlice, params);
    if (id === '') continue;
    await say(ofBob, { ...exampleOf(op), ...ids });
    await api.ok.post(`/v1/sessions/${sessionId}/cleanup`);
    await say(ofAlice, { ...exampleOf(op), ...ids });
    await api.delete(`/v1/sessions/${sessionId}`);
    await say(ofAlice, { ...exampleOf(op), ...ids });
  }
  assert.ok(answers.length > 4 * OPERATIONS.length, `only ${answers.length} problems`);
  return comparable(answers);
};

for (const [name, way] of Object.entries(WAYS)) {
  test(`every operation has the same problems over ${name} as over REST`, async (t) => {
    assert.deepEqual(await problems(t, way), await problems(t, rest));
  });
}
