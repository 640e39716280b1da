/** Conversations with a daemon, as the page gets to know them. */
import { type Conversation, type Known, type MadeCall, stepsOf } from '../../src/console/model/steps.js';
import type { Entry, RecordedCall } from '../../src/console/model/types.js';
import type { ProviderName } from '../../src/winsock/protocol-info.js';
import type { Body } from '../http/client.js';
import { loopback, startSession, type TestDaemon, type TestSession } from '../scenarios/test-daemon.js';

/** The journal of a session as the page keeps it. */
export const journalOf = async ({ api }: TestDaemon, { path, id }: TestSession): Promise<RecordedCall[]> => {
  const { entries } = await api.ok.get(`${path}/journal?limit=1000`);
  return entries.map((entry: Entry) => ({ sessionId: id, entry, endMs: entry.at / 1000 }));
};

/** A call of the page itself, and how it ended. */
export const ownCall = async (
  { api }: TestDaemon,
  operation: string,
  params: Record<string, unknown>,
): Promise<MadeCall> => {
  const beganMs = performance.timeOrigin + performance.now();
  const { body } = await api.post('/v1/rpc', { jsonrpc: '2.0', id: 1, method: operation, params });
  const endMs = performance.timeOrigin + performance.now();
  const outcome =
    'error' in body ? { ok: false, problem: body.error.data } : { ok: true, result: body.result };
  // The outcome is what the daemon has answered.
  return { call: { operation, params }, outcome, beganMs, endMs } as MadeCall;
};

/** A connection, early and late calls, both kinds of payload, and the end of everything. */
export const streamConversation = async (
  daemon: TestDaemon,
  provider: ProviderName,
): Promise<TestSession> => {
  const session = await startSession(daemon, provider);
  const listener = await session.stream();
  await listener.ok('bind', { address: loopback('AF_INET', 0) });
  await listener.ok('listen', { backlog: 5 });
  const client = await session.socket({
    family: 'AF_INET',
    type: 'SOCK_STREAM',
    capture: { maxBytes: 1000 },
  });
  await client.problem('send', { data: { text: 'early' } });
  await client.ok('connect', { address: await listener.sockName() });
  const accepted = await listener.accept({ timeoutMs: 10_000 });
  await client.ok('send', { data: { text: 'it\'s "captured" $HOME `id` \u{1f600}' } });
  await accepted.untilAvailable(10);
  await session.ok('select', { read: [accepted.id], timeoutMs: 10_000 });
  await accepted.ok('recv', { as: 'text' });
  await accepted.ok('send', { buffers: [{ text: 'not' }, { base64: 'AAEC' }] });
  await client.ok('recv', { maxBytes: 6, flags: ['MSG_WAITALL'] });
  await client.ok('sendDisconnect');
  await accepted.ok('recv');
  await client.problem('send', { data: { text: 'late' } });
  await client.ok('close');
  await client.problem('recv');
  await session.ok('cleanup');
  return session;
};

/** Datagrams to a port that no bind has named, and back to one that no bind has assigned. */
export const datagramConversation = async (
  daemon: TestDaemon,
  provider: ProviderName,
): Promise<TestSession> => {
  const session = await startSession(daemon, provider);
  const server = await session.datagram();
  await server.ok('bind', { address: loopback('AF_INET', 0) });
  const client = await session.datagram();
  await client.ok('sendTo', { address: await server.sockName(), data: { text: 'question' } });
  const { address } = await server.ok('recvFrom', { timeoutMs: 10_000 });
  await server.ok('sendTo', { address, data: { text: 'answer' } });
  await client.ok('recvFrom', { timeoutMs: 10_000 });
  return session;
};

/** Faults that are armed in each way, and hit. */
export const faultyConversation = async (
  daemon: TestDaemon,
  provider: ProviderName,
): Promise<TestSession> => {
  const session = await startSession(daemon, provider, {
    faults: [{ effect: 'fail', operation: 'listen', code: 'WSAENOBUFS', times: 1 }],
  });
  const listener = await session.stream();
  await listener.ok('bind', { address: loopback('AF_INET', 0) });
  await listener.problem('listen');
  const { faultId } = await session.arm({
    socketId: listener.id,
    effect: 'fail',
    operation: 'listen',
    code: 'WSAEINTR',
  });
  await listener.problem('listen');
  await daemon.api.ok.delete(`${session.path}/faults/${faultId}`);
  await listener.ok('listen');
  return session;
};

export const conversationOf = async (
  daemon: TestDaemon,
  session: TestSession,
  known?: Known,
): Promise<Conversation> => stepsOf(await journalOf(daemon, session), known);

/** How the steps of a batch have ended: `ok`, or the name of the problem. */
export const outcomesOf = ({ steps }: Body): string[] =>
  steps.map(({ outcome, problem }: Body) =>
    outcome === 'ok' ? 'ok' : String(problem?.type).split('/').pop(),
  );
