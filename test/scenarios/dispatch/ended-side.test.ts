/** A client that has ended its sending side (FIN), as `nc -N` does; a killed client sends the same. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, test } from 'node:test';
import { ALICE, PROVIDERS, startDaemon, startSession, type TestDaemon, textOf } from '../test-daemon.js';

/** Sends one request and ends the sending side at once; returns all bytes until the daemon closes. */
const askAndEnd = async (daemon: TestDaemon, path: string, body: object): Promise<string> => {
  const socket = net.connect({ port: daemon.port, host: '127.0.0.1', allowHalfOpen: true });
  const json = JSON.stringify(body);
  socket.end(
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${daemon.port}\r\nAuthorization: Bearer ${ALICE}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(json)}\r\n\r\n${json}`,
  );
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk;
  });
  await once(socket, 'end');
  socket.destroy();
  return received;
};

for (const provider of PROVIDERS) {
  describe(`a client that has ended its side, on ${provider}`, () => {
    test('gets the answer of a call without a wait, also if it takes or creates something', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      await client.ok('send', { data: { text: 'here' } });
      await session.ok('select', { read: [server.id] });
      assert.match(
        await askAndEnd(daemon, `/v1/sockets/${server.id}/recv`, {}),
        /^HTTP\/1.1 200 [\s\S]*aGVyZQ==/,
      );
      assert.match(
        await askAndEnd(daemon, `/v1/sockets/${client.id}/send`, { data: { text: 'x' } }),
        /^HTTP\/1.1 200 /,
      );
      const opened = await askAndEnd(daemon, `${session.path}/sockets`, {
        family: 'AF_INET',
        type: 'SOCK_STREAM',
      });
      assert.match(opened, /^HTTP\/1.1 201 /);
    });

    test('gets the answer of a call that takes nothing, also after a wait', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      const select = askAndEnd(daemon, `${session.path}/select`, { read: [server.id] });
      const poll = askAndEnd(daemon, `${session.path}/poll`, {
        sockets: [{ socketId: server.id, events: ['POLLIN'] }],
      });
      await new Promise((resolve) => setTimeout(resolve, 50));
      await client.ok('send', { data: { text: 'x' } });
      assert.match(await select, /^HTTP\/1.1 200 /);
      assert.match(await poll, /^HTTP\/1.1 200 /);
    });

    test('counts as gone for a call that waits to take something: it ends and takes nothing', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      const recv = askAndEnd(daemon, `/v1/sockets/${server.id}/recv`, {});
      const started = performance.now();
      assert.equal(await recv, '');
      assert.ok(performance.now() - started < 1000);
      await server.untilIdle();
      await client.ok('send', { data: { text: 'kept' } });
      assert.equal(textOf(await server.ok('recv')), 'kept');
    });
  });
}
