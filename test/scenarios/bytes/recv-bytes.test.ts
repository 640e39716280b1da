/** recvBytes: what a socket receives becomes the body of an answer, no byte lost or doubled. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type http from 'node:http';
import net from 'node:net';
import { describe, test } from 'node:test';
import { ALICE, PROVIDERS, startDaemon, startSession, until } from '../test-daemon.js';
import { answerOf, bodyOf, jsonOf, pattern, recvBytes, request, sendBytes } from './raw-client.js';

for (const provider of PROVIDERS) {
  describe(`recvBytes on ${provider}`, () => {
    test('one receive: the bytes, and the fields for their number and the end', async (t) => {
      const daemon = await startDaemon(t);
      const [client, server] = await (await startSession(daemon, provider)).pair();
      await client.ok('send', { data: { text: 'hello' } });
      await server.untilAvailable(5);
      const first = await recvBytes(daemon, server, '?maxBytes=2');
      const { 'content-type': type, 'content-length': length } = first.headers;
      assert.deepEqual([first.status, type, length], [200, 'application/octet-stream', '2']);
      assert.deepEqual(fields(first.headers), ['2', 'false', 'false']);
      assert.equal(first.bytes.toString() + (await recvBytes(daemon, server)).bytes.toString(), 'hello');
      const timeout = await recvBytes(daemon, server, '?timeoutMs=1');
      assert.deepEqual([timeout.status, jsonOf(timeout).name], [504, 'WSAETIMEDOUT']);
      await server.ok('ioctl', { request: 'FIONBIO', value: 1 });
      assert.equal(jsonOf(await recvBytes(daemon, server)).name, 'WSAEWOULDBLOCK');
      await server.ok('ioctl', { request: 'FIONBIO', value: 0 });
      await client.ok('sendDisconnect');
      assert.deepEqual(fields((await recvBytes(daemon, server)).headers), ['0', 'true', 'false']);
    });

    test('one datagram that is longer than the room', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const receiver = await session.datagram();
      await receiver.ok('bind', { address: { family: 'AF_INET', address: '127.0.0.1', port: 0 } });
      const address = await receiver.sockName();
      const sender = await session.datagram();
      for (const text of ['a long one', '']) await sender.ok('sendTo', { data: { text }, address });
      const { bytes, headers } = await recvBytes(daemon, receiver, '?maxBytes=6');
      assert.deepEqual([bytes.toString(), ...fields(headers)], ['a long', '6', 'false', 'true']);
      const empty = await recvBytes(daemon, receiver);
      assert.deepEqual([empty.status, ...fields(empty.headers)], [200, '0', 'false', 'false']);
      const refused = await recvBytes(daemon, receiver, '?untilEnd=true');
      const { name, detail } = jsonOf(refused);
      assert.deepEqual([refused.status, name], [422, 'WSAEOPNOTSUPP']);
      assert.match(detail, /^WSARecv: /);
    });

    test('one receive whose client leaves: the next gets every byte', async (t) => {
      const daemon = await startDaemon(t);
      const [client, server] = await (await startSession(daemon, provider)).pair();
      const gone = request(daemon, server, 'recvBytes');
      gone.end();
      await server.untilBusy();
      gone.destroy();
      await server.untilIdle();
      await client.ok('send', { data: { text: 'every byte' } });
      assert.equal((await recvBytes(daemon, server)).bytes.toString(), 'every byte');
    });

    test('until the end, or a number of bytes in total: trailers of what came', async (t) => {
      const daemon = await startDaemon(t);
      const [client, server] = await (await startSession(daemon, provider)).pair();
      const body = pattern(700_000);
      const sending = sendBytes(daemon, client, body);
      const part = await recvBytes(daemon, server, '?untilEnd=true&maxBytes=300001');
      assert.equal(part.headers['transfer-encoding'], 'chunked');
      assert.equal(part.headers.trailer, 'Winsock-Bytes, Winsock-Eof');
      assert.deepEqual({ ...part.trailers }, { 'winsock-bytes': '300001', 'winsock-eof': 'false' });
      const receiving = recvBytes(daemon, server, '?untilEnd=true');
      await sending;
      await client.ok('sendDisconnect');
      const rest = await receiving;
      assert.deepEqual({ ...rest.trailers }, { 'winsock-bytes': '399999', 'winsock-eof': 'true' });
      assert.ok(Buffer.concat([part.bytes, rest.bytes]).equals(body));
      const end = await recvBytes(daemon, server, '?untilEnd=true');
      assert.deepEqual({ ...end.trailers }, { 'winsock-bytes': '0', 'winsock-eof': 'true' });
      assert.ok(end.isWhole);
    });

    test('a failure before the first byte is a problem, later one a cut body', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      const timeout = await recvBytes(daemon, server, '?untilEnd=true&timeoutMs=1');
      assert.deepEqual([timeout.status, jsonOf(timeout).name], [504, 'WSAETIMEDOUT']);
      const fresh = await recvBytes(daemon, await session.stream(), '?untilEnd=true');
      assert.deepEqual([fresh.status, jsonOf(fresh).name], [409, 'WSAENOTCONN']);
      await client.ok('send', { data: { text: 'begun' } });
      const receiving = request(daemon, server, 'recvBytes?untilEnd=true');
      receiving.end();
      const [response] = (await once(receiving, 'response')) as [http.IncomingMessage];
      const cutting = bodyOf(response);
      const refused = await server.problem('recv');
      assert.deepEqual([refused.status, refused.type], [409, '/problems/in-use']);
      await server.untilBusy();
      await client.setOption('SOL_SOCKET', 'SO_LINGER', { linger: { onoff: true, linger: 0 } });
      await client.ok('close');
      const cut = await cutting;
      assert.deepEqual([cut.status, cut.bytes.toString(), cut.isWhole], [200, 'begun', false]);
      const { code } = await daemon.api.ok.get(`${session.path}/lastError`);
      assert.equal(code, 10054);
      const { entries } = await daemon.api.ok.get(`/v1/sockets/${server.id}/journal?limit=1000`);
      assert.equal(entries.at(-1).code, 10054);
    });

    test('a client that leaves in the middle: what was not handed over goes back', async (t) => {
      const daemon = await startDaemon(t);
      const [client, server] = await (await startSession(daemon, provider)).pair();
      const body = pattern(8_000_000);
      const sending = sendBytes(daemon, client, body);
      const receiving = request(daemon, server, 'recvBytes?untilEnd=true');
      receiving.end();
      const [response] = (await once(receiving, 'response')) as [http.IncomingMessage];
      response.pause();
      const live = daemon.app.daemon.sockets.find(server.id);
      // Everything is full: the receive waits for its client.
      await until(() => live?.calls.areAny === false, 'nothing is received');
      receiving.destroy();
      await until(() => live?.lanes.recv.holder === undefined, 'the direction is free');
      const { entries } = await daemon.api.ok.get(`/v1/sockets/${server.id}/journal?limit=1000`);
      const handed = (entries as { operation: string; bytesReceived?: number; undelivered?: boolean }[])
        .filter(({ operation, undelivered }) => operation === 'recv' && !undelivered)
        .reduce((sum, { bytesReceived = 0 }) => sum + bytesReceived, 0);
      const rest = recvBytes(daemon, server, '?untilEnd=true');
      await sending;
      await client.ok('sendDisconnect');
      assert.ok(
        (await rest).bytes.equals(body.subarray(handed)),
        'the rest begins where the first one ended',
      );
    });
  });
}

const provider = PROVIDERS[0] ?? 'lab';

const fields = (headers: http.IncomingHttpHeaders) => [
  headers['winsock-bytes'],
  headers['winsock-eof'],
  headers['winsock-truncated'],
];

test('what is refused: parameters in a body, wrong ones, a key, HTTP/1.0 with untilEnd', async (t) => {
  const daemon = await startDaemon(t);
  const [client, server] = await (await startSession(daemon, provider)).pair();
  const refused = async (query: string, body?: string, headers: http.OutgoingHttpHeaders = {}) => {
    const sent = request(daemon, server, `recvBytes${query}`, {
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    });
    sent.end(body);
    const answer = await answerOf(sent);
    return [answer.status, String(jsonOf(answer).type).slice('/problems/'.length)];
  };
  assert.deepEqual(await refused('', '{"maxBytes":1}'), [400, 'bad-request']);
  assert.deepEqual(await refused('?maxBytes=-1'), [400, 'validation']);
  assert.deepEqual(await refused('?maxBytes=5000000'), [400, 'validation']);
  assert.deepEqual(await refused('?untilEnd=yes'), [400, 'validation']);
  assert.deepEqual(await refused('?flags=MSG_PEEK'), [400, 'validation']);
  assert.deepEqual(await refused('', undefined, { 'idempotency-key': 'k' }), [400, 'bad-request']);
  assert.deepEqual(await refused('', undefined, { 'winsockd-not-before': 'monotonic=1' }), [
    400,
    'bad-request',
  ]);
  const old = net.connect(daemon.port, '127.0.0.1');
  old.write(
    `POST /v1/sockets/${server.id}/recvBytes?untilEnd=true HTTP/1.0\r\nHost: 127.0.0.1:${daemon.port}\r\n` +
      `Authorization: Bearer ${ALICE}\r\n\r\n`,
  );
  let text = '';
  for await (const chunk of old) text += chunk;
  assert.match(text, /^HTTP\/1\.1 505 /);
  await client.ok('send', { data: { text: 'x' } });
  const sent = request(daemon, server, 'recvBytes', { headers: { 'content-type': 'application/json' } });
  sent.end('{}');
  assert.equal((await answerOf(sent)).bytes.toString(), 'x');
});
