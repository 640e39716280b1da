/** Faults of a relay: rules for the sockets of one end, or of one pair. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Direction } from '../../../src/daemon/faults/passed-bytes.js';
import type { SocketId } from '../../../src/daemon/ids/ids.js';
import type { ProviderName } from '../../../src/winsock/protocol-info.js';
import type { Body } from '../../http/client.js';
import {
  PROVIDERS,
  startDaemon,
  startSession,
  type TestDaemon,
  type TestSocket,
  textOf,
} from '../test-daemon.js';
import { pairOf, startRelay, type TestRelay } from './relays.js';

const READY = { timeoutMs: 10_000 };

/** Sends one byte and waits until the other end has it, so many times; returns the name of the failure. */
const conversation = async (from: TestSocket, to: TestSocket, times: number): Promise<string> => {
  for (let sent = 0; sent < times; sent++) {
    await from.answer('send', { data: { text: 'x' } });
    const { status, body } = await to.answer('recv', READY);
    if (status !== 200) return body.name;
  }
  return 'none';
};

/** Whether a fault can hold back bytes in a direction of a connected socket. */
const heldAt = ({ daemon }: TestRelay, id: string, direction: Direction): boolean =>
  daemon.app.daemon.sockets.find(id as SocketId)?.underlying.activeHolds(direction)?.areAny === true;

for (const provider of PROVIDERS) {
  describe(`faults of a relay on ${provider}`, () => {
    test('a rule of one end hits the sockets of that end alone, in every pair', async (t) => {
      const faults = [{ end: 'upstream', operation: 'send', nth: 3, effect: 'reset' }];
      const relay = await startRelay(await startDaemon(t), provider, { faults });
      const [client, server] = await relay.pair();
      assert.equal(await conversation(server, client, 4), 'none', 'the sends of the client end');
      assert.equal(await conversation(client, server, 4), 'WSAECONNRESET');
      assert.equal((await client.problem('recv', READY)).name, 'WSAECONNRESET', 'both ends are reset');
      await relay.untilOpen(0);
      const { name, call, bytesToUpstream } = pairOf(await relay.info(), 1);
      assert.deepEqual([name, call, bytesToUpstream], ['WSAECONNRESET', 'WSASend', 2]);
    });

    test('nthConnection: only the third connection is refused', async (t) => {
      const faults = [
        { end: 'upstream', operation: 'connect', effect: 'fail', code: 'WSAECONNREFUSED', nthConnection: 3 },
      ];
      const relay = await startRelay(await startDaemon(t), provider, { faults });
      for (let number = 1; number <= 4; number++) {
        const client = await relay.client();
        if (number === 3) assert.equal((await client.problem('recv', READY)).name, 'WSAECONNRESET');
        else assert.equal(await conversation(client, await relay.server.accept(READY), 1), 'none');
      }
      const info = await relay.info();
      assert.deepEqual(
        [1, 2, 3, 4].map((number) => pairOf(info, number).name),
        [undefined, undefined, 'WSAECONNREFUSED', undefined],
      );
    });

    test('bandwidth and latency begin on the sockets of their end and pair alone', async (t) => {
      const hours = { effect: 'latency', latencyMs: 3_600_000 };
      const relay = await startRelay(await startDaemon(t), provider, {
        faults: [
          { end: 'client', nthConnection: 2, ...hours },
          { end: 'upstream', nthConnection: 2, operation: 'send', effect: 'bandwidth', bytesPerSecond: 1 },
          { end: 'upstream', nthConnection: 9, ...hours },
        ],
      });
      const [a, b] = await relay.session.pair();
      const [first, firstServer] = await relay.pair();
      const [second, secondServer] = await relay.pair();
      const holding = (id: string): string[] =>
        (['send', 'recv'] as const).filter((direction) => heldAt(relay, id, direction));
      for (const socket of [a, b, first, firstServer, second, secondServer]) {
        assert.deepEqual(holding(socket.id), [], 'a socket outside the relay');
      }
      const info = await relay.info();
      const held = [1, 2].map((number) => {
        const { clientSocketId, upstreamSocketId } = pairOf(info, number);
        return [holding(clientSocketId), holding(upstreamSocketId)];
      });
      assert.deepEqual(held, [
        [[], []],
        [['recv'], ['send']],
      ]);
      assert.equal(await conversation(a, b, 1), 'none');
      assert.equal(await conversation(firstServer, first, 1), 'none');
    });

    test('what updateRelay arms counts and holds from then on, also in open pairs', async (t) => {
      const relay = await startRelay(await startDaemon(t), provider);
      const [client, server] = await relay.pair();
      assert.equal(await conversation(client, server, 5), 'none');
      await relay.update({
        faults: [
          { end: 'client', operation: 'recv', effect: 'latency', latencyMs: 1 },
          { end: 'upstream', operation: 'send', afterBytes: 3, effect: 'reset' },
        ],
      });
      const { clientSocketId } = pairOf(await relay.info(), 1);
      assert.equal(heldAt(relay, clientSocketId, 'recv'), true, 'before any call');
      assert.equal(await conversation(client, server, 5), 'WSAECONNRESET');
      await relay.untilOpen(0);
      assert.equal(pairOf(await relay.info(), 1).bytesToUpstream, 8, 'five before, then three');
    });

    test('delay, slice and freeze act on relayed bytes; freeze ends with its rule', async (t) => {
      const relay = await startRelay(await startDaemon(t), provider, {
        faults: [
          { end: 'client', operation: 'send', effect: 'slice', bytes: 2 },
          { end: 'client', operation: 'send', effect: 'delay', delayMs: 20 },
        ],
      });
      const [client, server] = await relay.pair();
      await server.ok('send', { data: { text: 'abcdef' } });
      let text = '';
      while (text.length < 6) text += textOf(await client.ok('recv', READY));
      assert.equal(text, 'abcdef');
      const { clientSocketId } = pairOf(await relay.info(), 1);
      const { entries } = await relay.daemon.api.ok.get(`/v1/sockets/${clientSocketId}/journal?limit=1000`);
      assert.deepEqual(
        entries
          .filter(({ operation }: Body) => operation === 'send')
          .map(({ bytesSent, faults: ids, waitUs }: Body) => [bytesSent, ids, waitUs >= 10_000]),
        Array.from({ length: 3 }, () => [2, ['flt_1', 'flt_2'], true]),
        'three sends, each delayed',
      );
      await relay.update({
        faults: [{ end: 'client', operation: 'recv', effect: 'freeze', freezeMs: 60_000 }],
      });
      // The receive that is under way began before the rule; the next one does not.
      await client.ok('send', { data: { text: '1' } });
      await server.ok('recv', READY);
      await client.ok('send', { data: { text: '2' } });
      assert.equal((await server.problem('recv', { timeoutMs: 100 })).name, 'WSAETIMEDOUT');
      await relay.update({ faults: [] });
      assert.equal(textOf(await server.ok('recv', READY)), '2');
    });

    test('listFaults names the relay; updateRelay replaces its rules; they end with it', async (t) => {
      const relay = await startRelay(await startDaemon(t), provider, {
        faults: [{ end: 'client', effect: 'delay', delayMs: 1, operation: 'recv', nthConnection: 9 }],
      });
      const list = async (): Promise<Body[]> =>
        (await relay.daemon.api.ok.get(`${relay.session.path}/faults`)).faults;
      await relay.session.arm({ effect: 'fail', code: 'WSAENETDOWN', nth: 999 });
      const [first] = await list();
      assert.deepEqual(
        [first?.faultId, first?.relayId, first?.end, first?.nthConnection],
        ['flt_1', relay.id, 'client', 9],
      );
      const { faultIds } = await relay.update({ faults: [{ end: 'upstream', effect: 'reset' }] });
      assert.deepEqual(faultIds, ['flt_3']);
      assert.deepEqual(
        (await list()).map(({ faultId }) => faultId),
        ['flt_2', 'flt_3'],
      );
      await relay.end();
      assert.deepEqual(
        (await list()).map(({ faultId }) => faultId),
        ['flt_2'],
      );
    });

    test('wrong combinations are refused with their path, and nothing begins', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const wrong: [object, string][] = [
        [{ effect: 'reset' }, '/faults/0/end'],
        [{ end: 'client', effect: 'fail' }, '/faults/0/code'],
        [{ end: 'client', effect: 'reset', bytes: 3 }, '/faults/0/bytes'],
        [{ end: 'client', effect: 'reset', nthConnection: 0 }, '/faults/0/nthConnection'],
        [{ end: 'client', effect: 'drop', probability: 1 }, '/faults/0/effect'],
        [{ end: 'client', effect: 'delay', delayMs: 1, operation: 'connect' }, '/faults/0/operation'],
        [{ end: 'upstream', effect: 'delay', delayMs: 1, operation: 'accept' }, '/faults/0/operation'],
        [{ end: 'upstream', effect: 'delay', delayMs: 1, operation: 'socket' }, '/faults/0/operation'],
      ];
      for (const [fault, pointer] of wrong) {
        const upstream = { family: 'AF_INET', address: '127.0.0.1', port: 9 };
        const problem = await listener.problem('relay', { upstream, faults: [fault] });
        assert.equal(problem.type, '/problems/validation', JSON.stringify(problem));
        assert.ok(
          problem.errors.some((error: Body) => error.pointer.includes(pointer)),
          JSON.stringify([pointer, problem.errors]),
        );
      }
      assert.deepEqual((await daemon.api.ok.get(`${session.path}/relays`)).relays, []);
      await listener.problem('accept', { timeoutMs: 0 });
    });

    test('the same conversation twice gives the same journal', async (t) => {
      const daemon = await startDaemon(t);
      const journals = [await relayed(daemon, provider), await relayed(daemon, provider)];
      assert.deepEqual(journals[0], journals[1]);
      assert.ok(journals[0]?.some((line) => line.includes('flt_1')));
    });
  });
}

/** The journals of the two ends of a pair: its third byte to the server meets a reset. */
const relayed = async (daemon: TestDaemon, provider: ProviderName): Promise<string[]> => {
  const faults = [{ end: 'client', operation: 'recv', nth: 3, effect: 'reset', nthConnection: 1 }];
  const relay = await startRelay(daemon, provider, { faults });
  const [client, server] = await relay.pair();
  await conversation(client, server, 3);
  await relay.untilOpen(0);
  return (
    await Promise.all(['clientSocketId', 'upstreamSocketId'].map((end) => journalOf(relay, end)))
  ).flat();
};

const journalOf = async (relay: TestRelay, end: string): Promise<string[]> => {
  const { [end]: id } = pairOf(await relay.info(), 1);
  const { entries } = await relay.daemon.api.ok.get(`/v1/sockets/${id}/journal`);
  return entries.map(({ operation, outcome, name, faults, bytesSent, bytesReceived, eof }: Body) =>
    JSON.stringify([end, operation, outcome, name, faults, bytesSent, bytesReceived, eof]),
  );
};
