/** Calls that wait on several ids of one socket use no processor time while nothing arrives. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { PROVIDERS, startDaemon, startSession, type TestDaemon, textOf } from '../test-daemon.js';

const MEASURED_MS = 1000;
/** A wait that spins takes nearly all the time. */
const AT_MOST_MS = 200;

/** Lets time pass in which this process, and so the daemon, has almost nothing to do. */
const passesAtRest = async ({ api }: TestDaemon): Promise<void> => {
  await api.ok.get('/health/live'); // what came before it has been done
  const before = process.cpuUsage();
  await delay(MEASURED_MS);
  const { user, system } = process.cpuUsage(before);
  const spent = (user + system) / 1000;
  assert.ok(spent < AT_MOST_MS, `${Math.round(spent)} ms of ${MEASURED_MS} spent while nothing comes`);
};

for (const provider of PROVIDERS) {
  describe(`several ids that wait, on ${provider}`, () => {
    test('recv on both ids: each gets the bytes that it takes', async (t) => {
      const daemon = await startDaemon(t);
      const [client, server] = await (await startSession(daemon, provider)).pair();
      const second = await client.duplicate();
      const waiting = [client, second].map((id) => id.ok('recv', { maxBytes: 1, timeoutMs: 20_000 }));
      await client.untilBusy();
      await second.untilBusy();
      await passesAtRest(daemon);
      await server.ok('send', { data: { text: 'ab' } });
      assert.deepEqual((await Promise.all(waiting)).map(textOf).sort(), ['a', 'b']);
    });

    test('accept on both ids of a listener: each takes a connection', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const second = await listener.duplicate();
      const waiting = [listener, second].map((id) => id.ok('accept', { timeoutMs: 20_000 }));
      await listener.untilBusy();
      await second.untilBusy();
      await passesAtRest(daemon);
      const address = await listener.sockName();
      for (let i = 0; i < 2; i++) await (await session.stream()).ok('connect', { address });
      const ids = (await Promise.all(waiting)).map(({ socketId }) => socketId);
      assert.equal(new Set(ids).size, 2);
    });

    test('select on one id and recv on the other: both are woken', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      const second = await client.duplicate();
      const receiving = client.ok('recv', { timeoutMs: 20_000 });
      const selecting = session.ok('select', { read: [second.id], timeoutMs: 20_000 });
      await client.untilBusy();
      await second.untilBusy();
      await passesAtRest(daemon);
      await server.ok('sendDisconnect');
      assert.equal((await receiving).eof, true);
      assert.deepEqual((await selecting).read, [second.id]);
    });

    test('a wait goes on when the id that waited first is closed', async (t) => {
      const daemon = await startDaemon(t);
      const [client, server] = await (await startSession(daemon, provider)).pair();
      const second = await client.duplicate();
      const given = client.answer('recv');
      await client.untilBusy();
      const waiting = second.ok('recv', { timeoutMs: 20_000 });
      await second.untilBusy();
      await client.ok('close');
      assert.equal((await given).body.name, 'WSAEINTR');
      await passesAtRest(daemon);
      await server.ok('send', { data: { text: 'x' } });
      assert.equal(textOf(await waiting), 'x');
    });
  });
}
