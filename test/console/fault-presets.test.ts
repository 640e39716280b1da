/** Every preset does in a daemon what its sentence says, on each provider that it fits. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FAULT_PRESETS, presetFits, valuesOfRule } from '../../src/console/model/fault-presets.js';
import { fieldsOf, type RpcDocument, readForm } from '../../src/console/model/forms.js';
import type { SocketInfo } from '../../src/console/model/types.js';
import { ManualClock } from '../daemon/waiting/manual-clock.js';
import {
  loopback,
  PROVIDERS,
  startDaemon,
  startSession,
  type TestDaemon,
  type TestSession,
  type TestSocket,
  textOf,
  until,
} from '../scenarios/test-daemon.js';

interface Rig {
  readonly daemon: TestDaemon;
  readonly session: TestSession;
  readonly clock: ManualClock;
  readonly arm: () => Promise<void>;
}

const send = (socket: TestSocket, text: string) => socket.ok('send', { data: { text } });

/** For each preset, a conversation that shows its effect. It arms the preset itself, once it is ready. */
const EFFECTS: Readonly<Record<string, (rig: Rig) => Promise<void>>> = {
  'send-fails': async ({ session, arm }) => {
    const [client] = await session.pair();
    await arm();
    assert.equal((await client.problem('send', { data: { text: 'x' } })).name, 'WSAENETDOWN');
    assert.equal((await send(client, 'x')).bytesSent, 1);
  },
  'connect-refused': async ({ session, arm }) => {
    const address = await (await session.listener()).sockName();
    const client = await session.stream();
    await arm();
    assert.equal((await client.problem('connect', { address })).name, 'WSAECONNREFUSED');
    await client.ok('connect', { address });
  },
  reset: async ({ session, arm }) => {
    const [client, server] = await session.pair();
    await arm();
    assert.equal((await client.problem('recv', { timeoutMs: 0 })).name, 'WSAECONNRESET');
    assert.equal((await server.problem('recv')).name, 'WSAECONNRESET');
  },
  'short-send': async ({ session, arm }) => {
    const [client] = await session.pair();
    await arm();
    const sent: number[] = [];
    for (let n = 0; n < 3; n++) sent.push((await send(client, 'four')).bytesSent);
    assert.deepEqual(sent, [4, 4, 1]);
  },
  latency: async ({ session, clock, arm }) => {
    const [client, server] = await session.pair();
    await arm();
    const waiting = server.ok('recv');
    await server.untilBusy();
    const before = clock.pending;
    await send(client, 'late');
    await until(() => clock.pending > before, 'the arrival was noticed');
    clock.advance(299);
    const read = [server.id];
    assert.deepEqual((await session.ok('select', { read, timeoutMs: 0 })).read, []);
    clock.advance(1);
    assert.equal(textOf(await waiting), 'late');
  },
  bandwidth: async ({ session, arm }) => {
    const [client] = await session.pair();
    await arm();
    await client.ok('ioctl', { request: 'FIONBIO', value: 1 });
    assert.equal((await send(client, 'x'.repeat(5000))).bytesSent, 1000, 'a tenth of a second at once');
    assert.equal((await client.problem('send', { data: { text: 'x' } })).name, 'WSAEWOULDBLOCK');
  },
  limit: async ({ session, arm }) => {
    const [client, server] = await session.pair();
    await arm();
    await send(client, 'x'.repeat(150));
    assert.equal((await server.drain()).length, 100);
  },
  freeze: async ({ session, clock, arm }) => {
    const [client, server] = await session.pair();
    await arm();
    await send(client, 'waits');
    const frozen = server.ok('recv');
    await server.untilBusy();
    clock.advance(4999);
    const read = [server.id];
    assert.deepEqual((await session.ok('select', { read, timeoutMs: 0 })).read, []);
    clock.advance(1);
    assert.equal(textOf(await frozen), 'waits');
  },
  'slow-close': async ({ session, clock, arm }) => {
    const [client, server] = await session.pair();
    await arm();
    await client.ok('close');
    const read = [server.id];
    assert.deepEqual((await session.ok('select', { read, timeoutMs: 0 })).read, []);
    clock.advance(2000);
    assert.equal((await server.ok('recv')).eof, true);
  },
  loss: async ({ session, arm }) => {
    const [receiver, sender] = [await session.datagram(), await session.datagram()];
    await receiver.ok('bind', { address: loopback('AF_INET', 0) });
    const address = await receiver.sockName();
    await arm();
    const count = 20;
    for (let n = 0; n < count; n++) {
      assert.equal((await sender.ok('sendTo', { address, data: { text: 'x' } })).bytesSent, 1);
    }
    await receiver.ok('ioctl', { request: 'FIONBIO', value: 1 });
    let received = 0;
    while ((await receiver.answer('recvFrom')).status === 200) received++;
    assert.ok(received > 0 && received < count, `${received} of ${count} arrived`);
  },
};

const kindsOf = (provider: SocketInfo['provider']) =>
  (['SOCK_STREAM', 'SOCK_DGRAM'] as const).map((type) => ({ type, provider }));

for (const provider of PROVIDERS) {
  describe(`presets of faults on ${provider}`, () => {
    for (const preset of FAULT_PRESETS) {
      if (!kindsOf(provider).some((kind) => presetFits(preset, kind))) continue;
      test(preset.title, async (t) => {
        const clock = new ManualClock();
        const daemon = await startDaemon(t, { clock });
        const session = await startSession(daemon, provider);
        const show = EFFECTS[preset.id];
        assert.ok(show, 'the test shows its effect');
        const arm = async (): Promise<void> => void (await session.arm(preset.rule));
        await show({ daemon, session, clock, arm });
        const { faults } = await daemon.api.ok.get(`${session.path}/faults`);
        assert.ok(faults[0].hits > 0, 'it counts its hits');
      });
    }
  });
}

test('a preset can be armed for a socket that it fits, and is refused for others', async (t) => {
  const daemon = await startDaemon(t);
  for (const provider of PROVIDERS) {
    const session = await startSession(daemon, provider);
    for (const type of ['SOCK_STREAM', 'SOCK_DGRAM'] as const) {
      const { id: socketId } = await session.socket({ family: 'AF_INET', type });
      for (const preset of FAULT_PRESETS) {
        const { status } = await session.answer('faults', { ...preset.rule, socketId });
        const expected = presetFits(preset, { type, provider }) ? 201 : 400;
        assert.equal(status, expected, `${preset.id} on ${type} of ${provider}`);
      }
    }
  }
});

test('the form of armFault reads the values of a preset back as its rule', async (t) => {
  const { api } = await startDaemon(t);
  const document: RpcDocument = await api.ok.get('/openrpc.json');
  const method = document.methods.find(({ name }) => name === 'armFault');
  assert.ok(method);
  const fields = fieldsOf(method, document);
  for (const { rule } of FAULT_PRESETS) {
    assert.deepEqual(readForm(fields, valuesOfRule(rule)), { ok: true, params: rule });
  }
});
