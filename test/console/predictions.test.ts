/**
 * Every prediction against a daemon: every call, in every place that a socket can reach, on every provider. A
 * predicted code is the answer; without one, the call succeeds or has to wait.
 */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { decidingRule, predict, RULES, type Rule } from '../../src/console/model/predictions.js';
import { placeOf } from '../../src/console/model/socket-states.js';
import type { SocketInfo } from '../../src/console/model/types.js';
import { OPERATIONS } from '../../src/operations/list.js';
import type { ProviderName } from '../../src/winsock/protocol-info.js';
import { isWine } from '../is-wine.js';
import { rpcRequest } from '../scenarios/rpc/rpc-client.js';
import { PROVIDERS, startDaemon, startSession, type TestSession } from '../scenarios/test-daemon.js';
import { REACHED, type Reached } from './reached-places.js';
import { TRIED_CALLS, type TriedCall, targetOf } from './tried-calls.js';
import { wineAnswers } from './wine-answers.js';

/** What a call answers that succeeds, or has to wait. */
const UNPREDICTED: readonly string[] = ['ok', 'WSAETIMEDOUT', 'WSAEWOULDBLOCK'];

const daemon = await startDaemon({ after }, { keepAlive: true });

/** The rules that have decided a call which a daemon has answered. */
const seen = new Set<Rule | undefined>();

/** What the calls of one place share. */
interface Situation {
  readonly provider: ProviderName;
  readonly session: TestSession;
  /** WSAEnumProtocols. */
  readonly protocols: readonly { readonly catalogEntryId: number; readonly serviceFlags: string[] }[];
  readonly target: object;
}

const situation = async (provider: ProviderName, kind: Reached['kind']): Promise<Situation> => {
  const session = await startSession(daemon, provider);
  const { protocols } = await daemon.api.ok.get(`${session.path}/protocols`);
  return { provider, session, protocols, target: await targetOf(session, kind) };
};

/** Makes one call on a socket of its own, and compares its answer with the prediction. */
const compare = async (
  { provider, session, protocols, target }: Situation,
  { kind, place, reach }: Reached,
  tried: TriedCall,
): Promise<void> => {
  const socket = await reach(session);
  const info = await infoOf(socket.id, session.path, { kind, place, provider });
  assert.equal(placeOf(info), place, 'the place');
  const entry = protocols.find(({ catalogEntryId }) => catalogEntryId === info.catalogEntryId);
  const params = tried.params(target);
  const request = rpcRequest(tried.operation, { socketId: socket.id, ...params }, 1);
  const { error } = await daemon.api.ok.post('/v1/rpc', request);
  const answer = error === undefined ? 'ok' : (error.data.name ?? error.data.type);
  const known = { params, startups: 1, serviceFlags: entry?.serviceFlags ?? [] };
  const predicted = predict(tried.operation, info, known);
  seen.add(decidingRule(tried.operation, info, known));
  const allowed = predicted === undefined ? UNPREDICTED : [predicted];
  const wine = provider === 'ws2_32' && isWine() ? wineAnswers(tried.operation, info) : [];
  const what = `${tried.operation} ${JSON.stringify(params)}`;
  assert.ok([...allowed, ...wine].includes(answer), `${what}: predicted ${allowed}, answered ${answer}`);
};

/** A socket as the page knows it: of a closed one it keeps what it knew. */
const infoOf = async (
  socketId: string,
  sessionPath: string,
  { kind, place, provider }: Pick<Reached, 'kind' | 'place'> & { readonly provider: ProviderName },
): Promise<SocketInfo> => {
  if (place !== 'closed') return daemon.api.ok.get(`/v1/sockets/${socketId}`);
  const type = kind === 'stream' ? 'SOCK_STREAM' : 'SOCK_DGRAM';
  const open = { family: 'AF_INET', type, provider };
  const { socketId: other } = await daemon.api.ok.post(`${sessionPath}/sockets`, open);
  return { ...(await daemon.api.ok.get(`/v1/sockets/${other}`)), state: 'closed' };
};

/** The lab is the same program on every system: it is tried once, on Linux. */
const TRIED = PROVIDERS.filter((provider) => provider !== 'lab' || process.platform !== 'win32');

for (const provider of TRIED) {
  describe(`predictions on ${provider}`, () => {
    for (const reached of REACHED) {
      test(`${reached.kind}: ${reached.name}`, async () => {
        const shared = await situation(provider, reached.kind);
        await Promise.all(TRIED_CALLS.map((tried) => compare(shared, reached, tried)));
        await daemon.api.ok.delete(shared.session.path);
      });
    }

    for (const kind of ['stream', 'datagram'] as const) {
      test(`${kind}: after the last cleanup`, async () => {
        const session = await startSession(daemon, provider);
        const socket = await session[kind]();
        const info = await socket.info();
        await session.ok('cleanup');
        for (const { operation, params } of TRIED_CALLS) {
          const given = params({ family: 'AF_INET', address: '127.0.0.1', port: 9 });
          const request = rpcRequest(operation, { socketId: socket.id, ...given }, 1);
          const { error } = await daemon.api.ok.post('/v1/rpc', request);
          const known = { params: given, startups: 0 };
          const predicted = predict(operation, { ...info, state: 'closed' }, known);
          seen.add(decidingRule(operation, { ...info, state: 'closed' }, known));
          assert.equal(error.data.name, predicted, operation);
        }
      });
    }
  });
}

const skip = process.platform === 'win32' && 'some rules need the lab, which is tried on Linux';

test('every rule with a code has been seen', { skip }, () => {
  const unseen = RULES.filter((rule) => rule.code !== undefined && !seen.has(rule));
  assert.deepEqual(unseen, []);
});

test('every operation of a socket is tried', () => {
  const others = ['getSocketJournal'];
  const operations = OPERATIONS.filter(({ scope }) => scope === 'socket').map(({ name }) => name);
  const tried = new Set(TRIED_CALLS.map(({ operation }) => operation));
  assert.deepEqual(operations.filter((name) => !tried.has(name)).sort(), others);
});

test('rules name operations that exist', () => {
  const names = new Set<string>(OPERATIONS.map(({ name }) => name));
  for (const { calls = [], but = [] } of RULES) {
    for (const call of [...calls, ...but]) assert.ok(names.has(call.split(' ')[0] ?? ''), call);
  }
});

test('without the flags of the catalog entry nothing is said about disconnect data', () => {
  const socket: SocketInfo = {
    socketId: 'sck_1',
    sessionId: 'ses_1',
    provider: 'lab',
    catalogEntryId: 1,
    family: 'AF_INET',
    type: 'SOCK_STREAM',
    protocol: 6,
    state: 'fresh',
    sendShutdown: false,
    receiveShutdown: false,
    peerClosed: false,
    nonBlocking: false,
    createdAt: '2026-01-01T00:00:00.000Z',
  };
  const params = { disconnectData: { text: 'bye' } };
  assert.equal(predict('sendDisconnect', socket, { params }), undefined);
  assert.equal(predict('sendDisconnect', socket, { params, serviceFlags: [] }), 'WSAENOPROTOOPT');
  assert.equal(predict('sendDisconnect', socket), 'WSAENOTCONN');
});
