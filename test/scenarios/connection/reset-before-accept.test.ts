/** Connections that their callers reset before they were accepted. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Answer } from '../../http/client.js';
import { isWine } from '../../is-wine.js';
import { openHandles } from '../../providers/open-handles.js';
import {
  PROVIDERS,
  startDaemon,
  startSession,
  type TestDaemon,
  type TestSession,
  TestSocket,
  until,
} from '../test-daemon.js';

const ROUNDS = 20;
const AT_ONCE = 10;
/** The process opens and closes handles of its own too. */
const HANDLES_OF_OTHERS = 20;

/** Makes so many connections, and resets them before one is accepted. */
const resetConnections = async (session: TestSession, listener: TestSocket): Promise<void> => {
  const address = await listener.sockName();
  for (let i = 0; i < AT_ONCE; i++) {
    const caller = await session.stream();
    await caller.ok('connect', { address });
    await caller.setOption('SOL_SOCKET', 'SO_LINGER', { linger: { onoff: true, linger: 0 } });
    await caller.ok('close');
  }
};

/**
 * What accept may answer for such a connection: that it was reset or, if the system still hands it over, the
 * socket, whose first receive then reports the reset.
 */
const settle = async (daemon: TestDaemon, { body }: Answer): Promise<void> => {
  if (body.state !== 'connected') {
    assert.equal(body.name, 'WSAECONNRESET', JSON.stringify(body));
    assert.match(body.detail, /disconnected before it was accepted/);
    return;
  }
  const accepted = new TestSocket(daemon, body.socketId);
  assert.equal((await accepted.problem('recv')).name, 'WSAECONNRESET');
  await accepted.ok('close');
};

/** Accepts until the queue is empty; returns how many connections were settled. */
const settleAll = async (daemon: TestDaemon, accept: () => Promise<Answer | undefined>): Promise<number> => {
  for (let settled = 0; ; settled++) {
    const answer = await accept();
    if (answer?.body.name === 'WSAEWOULDBLOCK') return settled;
    if (answer) await settle(daemon, answer);
  }
};

/** undefined: the connection was rejected, so its reset is not reported. */
const conditionally = async (listener: TestSocket, condition: string): Promise<Answer | undefined> => {
  const shown = await listener.answer('conditionalAccept', { condition: 'CF_DEFER' });
  if (shown.status !== 200) return shown;
  const decided = await listener.answer('conditionalAccept', { condition, offerId: shown.body.offerId });
  return condition === 'CF_REJECT' && decided.status === 200 ? undefined : decided;
};

const WAYS: Readonly<Record<string, (listener: TestSocket) => Promise<Answer | undefined>>> = {
  accept: (listener) => listener.answer('accept'),
  'conditionalAccept with CF_ACCEPT': (listener) => conditionally(listener, 'CF_ACCEPT'),
  'conditionalAccept with CF_REJECT': (listener) => conditionally(listener, 'CF_REJECT'),
};

for (const provider of PROVIDERS) {
  describe(`connections reset before they are accepted, on ${provider}`, () => {
    for (const [way, accept] of Object.entries(WAYS)) {
      test(`${way}: each is reported as reset, no handle is lost, and the listener goes on`, async (t) => {
        const daemon = await startDaemon(t, { keepAlive: true });
        const session = await startSession(daemon, provider);
        const listener = await session.listener('AF_INET', AT_ONCE);
        await listener.ok('ioctl', { request: 'FIONBIO', value: 1 });
        await resetConnections(session, listener);
        await settleAll(daemon, () => accept(listener));
        const before = openHandles();
        let settled = 0;
        for (let round = 0; round < ROUNDS; round++) {
          await resetConnections(session, listener);
          settled += await settleAll(daemon, () => accept(listener));
        }
        // Windows may drop some of them without reporting it.
        if (provider !== 'ws2_32' || isWine()) assert.equal(settled, ROUNDS * AT_ONCE);
        await until(() => openHandles() < before + HANDLES_OF_OTHERS, `${before} handles again`);
        const caller = await session.stream();
        await caller.ok('connect', { address: await listener.sockName() });
        await session.ok('select', { read: [listener.id], timeoutMs: 10_000 });
        await (await listener.accept()).ok('send', { data: { text: 'welcome' } });
        assert.equal((await caller.ok('recv')).bytesReceived, 7);
        assert.equal(daemon.app.daemon.sockets.size, 3);
      });
    }
  });
}
