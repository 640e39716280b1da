/** Conversations become steps of a batch that makes the calls again. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { batchOf, type Conversation, type OwnCall, stepsOf, withOwn } from '../../src/console/model/steps.js';
import type { Entry } from '../../src/console/model/types.js';
import {
  ALICE,
  loopback,
  PROVIDERS,
  startDaemon,
  startSession,
  type TestDaemon,
} from '../scenarios/test-daemon.js';
import {
  conversationOf,
  datagramConversation,
  faultyConversation,
  journalOf,
  outcomesOf,
  ownCall,
  streamConversation,
} from './conversations.js';

/** Runs the steps as a batch: it must complete, with the outcomes that the steps expect. */
const repeat = async ({ api }: TestDaemon, { steps, notes }: Conversation): Promise<void> => {
  const document = batchOf(steps);
  assert.ok(!JSON.stringify([steps, notes]).includes(ALICE));
  const answer = await api.ok.post('/v1/batch', document);
  const told = JSON.stringify(answer.steps.filter((step: { outcome: string }) => step.outcome !== 'ok'));
  assert.equal(answer.outcome, 'completed', `${told}\n${JSON.stringify(steps)}`);
  assert.deepEqual(
    outcomesOf(answer),
    steps.map(({ expectError = 'ok' }) => expectError),
  );
};

const operations = ({ steps }: Conversation): string[] => steps.map(({ operation }) => operation);

/** Ids of the API: none of the first conversation may be in its repetition. */
const IDS = /(?:ses|sck|off|rel|flt)_\w+/;

for (const provider of PROVIDERS) {
  describe(`steps of conversations on ${provider}`, () => {
    test('a stream: ids and the assigned port are references, failures are expected', async (t) => {
      const daemon = await startDaemon(t);
      const session = await streamConversation(daemon, provider);
      const conversation = await conversationOf(daemon, session);
      assert.doesNotMatch(JSON.stringify(conversation.steps), IDS);
      const made = conversation.steps.filter(({ operation }) =>
        /^(?:startup|socket|accept)$/.test(operation),
      );
      assert.deepEqual(
        made.map(({ id }) => id),
        ['session', 'listener', 'client', 'accepted'],
      );
      const entries = await journalOf(daemon, session);
      assert.deepEqual(
        conversation.steps.map(({ operation, expectError = 'ok' }) => [operation, expectError]),
        entries.map(({ entry }) => [entry.operation, entry.name ?? 'ok']),
      );
      const connect = conversation.steps.find(({ operation }) => operation === 'connect');
      assert.deepEqual(connect?.params?.address, { $result: '/bind/localAddress' });
      const sends = conversation.steps.filter(({ operation }) => operation === 'send');
      // A call that sent nothing has no payload in the journal.
      assert.deepEqual(
        sends.map(({ params, notes }) => [params?.data ?? params?.buffers, notes?.length ?? 0]),
        [
          [{ text: 'xxxxx' }, 1],
          [{ text: 'it\'s "captured" $HOME `id` \u{1f600}' }, 0],
          [[{ text: 'xxx' }, { text: 'xxx' }], 2],
          [{ text: 'xxxx' }, 1],
        ],
      );
      await repeat(daemon, conversation);
    });

    test('datagrams: the port that a sendTo was given comes from the receive', async (t) => {
      const daemon = await startDaemon(t);
      const conversation = await conversationOf(daemon, await datagramConversation(daemon, provider));
      const [first, back] = conversation.steps.filter(({ operation }) => operation === 'sendTo');
      assert.deepEqual(first?.params?.address, { $result: '/bind/localAddress' });
      assert.deepEqual(back?.params?.address, { $result: '/recvFrom/address' });
      await repeat(daemon, conversation);
    });

    test('faults: their ids are references', async (t) => {
      const daemon = await startDaemon(t);
      const conversation = await conversationOf(daemon, await faultyConversation(daemon, provider));
      const removal = conversation.steps.find(({ operation }) => operation === 'removeFault');
      assert.deepEqual(removal?.params, {
        sessionId: { $result: '/session/sessionId' },
        faultId: { $result: '/fault/faultId' },
      });
      assert.deepEqual(conversation.notes, []);
      await repeat(daemon, conversation);
    });

    test('relays, second ids and a lab control: what they name are references', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [listener, upstream] = [await session.listener(), await session.listener()];
      const { relayId } = await listener.ok('relay', { upstream: await upstream.sockName() });
      await daemon.api.ok.delete(`${session.path}/relays/${relayId}`);
      const second = await listener.duplicate();
      await second.ok('close');
      await listener.problem('accept', { timeoutMs: 1 });
      if (provider === 'lab') await session.ok('labLink', { latencyMs: 1 });
      const conversation = await conversationOf(daemon, session);
      assert.doesNotMatch(JSON.stringify(conversation.steps), IDS);
      assert.deepEqual(conversation.notes, ['accept is left out: a relay has made it by itself.']);
      await repeat(daemon, conversation);
    });

    test('recorded calls that the page has made have all their bytes', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client] = await session.pair();
      const texts = ['first', 'other', 'x'.repeat(1000)];
      const own: OwnCall[] = [];
      for (const text of texts) {
        await client.ok('send', { data: { text: '????' } });
        const made = await ownCall(daemon, 'send', { socketId: client.id, data: { text } });
        assert.ok('call' in made);
        own.push(made);
      }
      const { steps } = stepsOf(withOwn(await journalOf(daemon, session), own));
      const sent = steps.filter(({ operation }) => operation === 'send').map(({ params }) => params?.data);
      assert.deepEqual(
        sent,
        texts.flatMap((text) => [{ text: 'xxxx' }, { text }]),
      );
    });

    test('waits: what a call waited for comes before it', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const accepting = listener.accept();
      await listener.untilBusy();
      const client = await session.stream();
      await client.ok('connect', { address: await listener.sockName() });
      const accepted = await accepting;
      const receiving = accepted.ok('recv');
      await accepted.untilBusy();
      await client.ok('send', { data: { text: 'x' } });
      await receiving;
      const conversation = await conversationOf(daemon, session);
      const names = operations(conversation);
      assert.ok(names.indexOf('connect') < names.indexOf('accept'), names.join(' '));
      assert.ok(names.indexOf('send') < names.indexOf('recv'), names.join(' '));
      await repeat(daemon, conversation);
    });

    test('a wait that another call ended is left out, with a note', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [, server] = await session.pair();
      const receiving = server.problem('recv');
      await server.untilBusy();
      await server.ok('close');
      await receiving;
      const conversation = await conversationOf(daemon, session);
      assert.deepEqual(conversation.notes, ['recv is left out: another call ended it while it waited.']);
      await repeat(daemon, conversation);
    });

    test('what began before the first call is begun again, as far as it is known', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const listener = await session.stream();
      const stranger = await session.stream();
      const sockets = [await listener.info()];
      const sessions = [await daemon.api.ok.get(session.path)];
      await listener.ok('bind', { address: loopback('AF_INET', 0) });
      await listener.ok('listen');
      await stranger.ok('close');
      const later = (await journalOf(daemon, session)).slice(3);
      const conversation = stepsOf(later, { sockets, sessions });
      assert.deepEqual(operations(conversation), ['startup', 'socket', 'bind', 'listen']);
      assert.deepEqual(conversation.notes, ['close is left out: nothing is known of its socket.']);
      await repeat(daemon, conversation);
    });

    test('calls of the page keep their bytes, and what they read is asked again', async (t) => {
      const daemon = await startDaemon(t);
      const text = 'quote \' " ` $ \\ </script> \u2028 \u202e \u{1f600} and\nmore';
      const calls = [await ownCall(daemon, 'startup', {})];
      const resultOf = (i: number): Readonly<Record<string, unknown>> => {
        const made = calls[i];
        assert.ok(made && 'call' in made && made.outcome.ok);
        return made.outcome.result;
      };
      const { sessionId } = resultOf(0);
      const call = async (operation: string, params: Record<string, unknown>): Promise<void> => {
        calls.push(await ownCall(daemon, operation, params));
      };
      await call('socket', { sessionId, provider, family: 'AF_INET', type: 'SOCK_DGRAM' });
      const { socketId } = resultOf(1);
      await call('sendTo', { socketId, address: loopback('AF_INET', 9), data: { text } });
      await call('getSockName', { socketId });
      await call('sendTo', { socketId, address: { family: 'AF_INET' } });
      await call('getSocket', { socketId });
      await call('recvFrom', { socketId: 'sck_unknown' });
      const conversation = stepsOf(calls);
      assert.deepEqual(conversation.steps[2]?.params?.data, { text });
      assert.deepEqual(
        conversation.steps.map(({ expectError = 'ok' }) => expectError),
        ['ok', 'ok', 'ok', 'ok', 'validation', 'ok', 'WSAENOTSOCK'],
      );
      await repeat(daemon, conversation);
    });
  });
}

const entry = (more: Partial<Entry>): Entry => ({
  sequence: 1,
  at: 0,
  time: '2026-01-01T00:00:00.000Z',
  operation: 'send',
  requestId: 'req-1',
  outcome: 'ok',
  nativeUs: 1,
  waitUs: 0,
  parameters: {},
  ...more,
});

describe('steps of single entries', () => {
  const noteOf = (more: Partial<Entry>): readonly string[] =>
    stepsOf([{ sessionId: 'ses_1', entry: entry(more), endMs: 1 }]).notes;

  test('what cannot be repeated is left out, and says why', () => {
    const { parameters: _, ...invalid } = entry({ outcome: 'refused', refusal: 'validation' });
    assert.match(
      String(stepsOf([{ sessionId: 'ses_1', entry: invalid, endMs: 1 }]).notes),
      /parameters were not valid/,
    );
    assert.match(String(noteOf({ requestId: 'rel_1.2', operation: 'accept' })), /a relay has made it/);
    assert.match(String(noteOf({ operation: 'recv', undelivered: true })), /went back/);
    assert.match(String(noteOf({ outcome: 'refused', refusal: 'quota' })), /refused it \(quota\)/);
    assert.match(String(noteOf({ outcome: 'failed', code: 12345 })), /no name/);
    assert.match(String(noteOf({ socketId: 'sck_1' })), /nothing is known of its socket/);
    assert.match(String(noteOf({ parameters: { data: { $result: '/a/b' } } })), /looks like a reference/);
  });

  test('a send that could only end behind other calls has a note', () => {
    const listen = { operation: 'enumProtocols', nativeUs: 1000 };
    const { steps } = stepsOf([
      { sessionId: 'ses_1', entry: entry({ ...listen }), endMs: 50 },
      { sessionId: 'ses_1', entry: entry({ operation: 'getAddrInfo', waitUs: 90_000 }), endMs: 100 },
    ]);
    assert.match(String(steps.at(-1)?.notes), /waited while other calls ended/);
  });

  test('steps of a batch have no notes', () => {
    const { steps } = batchOf([{ operation: 'startup', params: {}, notes: ['for readers'] }]);
    assert.deepEqual(steps, [{ operation: 'startup', params: {} }]);
  });
});
