/** sendBytes: the body of a request goes to a socket, no byte lost or doubled. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { describe, test } from 'node:test';
import { LINGER_MS } from '../../../src/http/gates/refuse-early.js';
import { ManualClock } from '../../daemon/waiting/manual-clock.js';
import { isWine } from '../../is-wine.js';
import { fillSendBuffer, PROVIDERS, startDaemon, startSession, until } from '../test-daemon.js';
import { answerOf, jsonOf, pattern, recvBytes, request, sendBytes } from './raw-client.js';

for (const provider of PROVIDERS) {
  describe(`sendBytes on ${provider}`, () => {
    test('a chunked body and one with a length arrive; the socket stays open for sending', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      const receiving = recvBytes(daemon, server, '?untilEnd=true');
      const body = pattern(1_000_000);
      const chunked = request(daemon, client, 'sendBytes');
      chunked.write(body.subarray(0, 300_000));
      chunked.end(body.subarray(300_000));
      const answer = await answerOf(chunked);
      assert.deepEqual([answer.status, jsonOf(answer)], [200, { bytesSent: body.length }]);
      assert.match(String(answer.headers['server-timing']), /^native;dur=[\d.]+, wait;dur=[\d.]+$/);
      assert.deepEqual(jsonOf(await sendBytes(daemon, client, body)), { bytesSent: body.length });
      assert.deepEqual(jsonOf(await sendBytes(daemon, client, '')), { bytesSent: 0 });
      await client.ok('send', { data: { text: 'last' } });
      await client.ok('sendDisconnect');
      const { bytes, trailers } = await receiving;
      assert.ok(bytes.equals(Buffer.concat([body, body, Buffer.from('last')])));
      assert.deepEqual({ ...trailers }, { 'winsock-bytes': '2000004', 'winsock-eof': 'true' });
      const { entries } = await daemon.api.ok.get(`/v1/sockets/${client.id}/journal?limit=1000`);
      const sends = (entries as { operation: string; bytesSent?: number }[]).filter(
        ({ operation }) => operation === 'send',
      );
      assert.equal(
        sends.reduce((sum, { bytesSent = 0 }) => sum + bytesSent, 0),
        2_000_004,
      );
    });

    test('the problem of the call that fails has the exact number of bytes that were sent', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      const on = { socketId: client.id, operation: 'send' };
      await session.arm({ ...on, effect: 'slice', bytes: 1000 });
      await session.arm({ ...on, nth: 4, effect: 'fail', code: 'WSAENETDOWN' });
      const body = pattern(500_000);
      const answer = await sendBytes(daemon, client, body);
      const { name, code, bytesSent, socketId, state, operation } = jsonOf(answer);
      assert.deepEqual([answer.status, name, code, bytesSent], [503, 'WSAENETDOWN', 10050, 3000]);
      assert.deepEqual([socketId, state, operation], [client.id, 'connected', 'sendBytes']);
      assert.ok(answer.headers['winsockd-fault']);
      await client.ok('sendDisconnect');
      const { bytes } = await recvBytes(daemon, server, '?untilEnd=true');
      assert.ok(bytes.equals(body.subarray(0, 3000)));
      const { code: last } = await daemon.api.ok.get(`${session.path}/lastError`);
      assert.equal(last, 10050);
    });

    test('while the body arrives, other sends are refused and receives go on; close ends it', async (t) => {
      const daemon = await startDaemon(t);
      const [client, server] = await (await startSession(daemon, provider)).pair();
      const sent = request(daemon, client, 'sendBytes');
      sent.write('first');
      assert.equal((await recvBytes(daemon, server, '?maxBytes=5')).bytes.toString(), 'first');
      const refused = await client.problem('send', { data: { text: 'x' } });
      assert.deepEqual([refused.status, refused.type], [409, '/problems/in-use']);
      assert.match(refused.detail, /sendBytes of request/);
      const second = await sendBytes(daemon, client, 'x');
      assert.deepEqual([second.status, jsonOf(second).type], [409, '/problems/in-use']);
      await server.ok('send', { data: { text: 'back' } });
      assert.equal((await recvBytes(daemon, client)).bytes.toString(), 'back');
      const receiving = recvBytes(daemon, server, '?untilEnd=true');
      await client.ok('close');
      sent.end('second');
      const answer = await answerOf(sent);
      assert.deepEqual([answer.status, jsonOf(answer).bytesSent], [410, 5]);
      assert.equal((await receiving).bytes.length, 0);
    });

    test('a socket without room holds up the client, until its own limit', async (t) => {
      const daemon = await startDaemon(t);
      const [client, server] = await (await startSession(daemon, provider)).pair();
      await fillSendBuffer(client, server);
      const answer = await sendBytes(daemon, client, pattern(4_000_000), '?timeoutMs=50');
      const { name, bytesSent } = jsonOf(answer);
      assert.deepEqual([answer.status, name], [504, 'WSAETIMEDOUT']);
      assert.ok(bytesSent < 4_000_000, String(bytesSent));
    });

    test('cancel ends it, also after a part of a piece', async (t) => {
      const daemon = await startDaemon(t);
      const [client] = await (await startSession(daemon, provider)).pair();
      // Nobody receives, so the body does not fit.
      const answer = sendBytes(daemon, client, pattern(64_000_000));
      const live = daemon.app.daemon.sockets.find(client.id);
      let turns = 0;
      await until(() => {
        turns = live?.calls.areAny ? turns + 1 : 0;
        return turns > 100;
      }, 'a send waits for room');
      await client.ok('cancel');
      const cancelled = await answer;
      const { name, bytesSent } = jsonOf(cancelled);
      assert.deepEqual([cancelled.status, name], [409, 'WSA_OPERATION_ABORTED']);
      assert.ok(bytesSent < 64_000_000, String(bytesSent));
    });

    test('a client that leaves in the middle gives the socket back', async (t) => {
      const daemon = await startDaemon(t);
      const [client, server] = await (await startSession(daemon, provider)).pair();
      const sent = request(daemon, client, 'sendBytes');
      sent.write('first');
      assert.equal((await recvBytes(daemon, server, '?maxBytes=5')).bytes.toString(), 'first');
      sent.destroy();
      const live = daemon.app.daemon.sockets.find(client.id);
      await until(() => live?.lanes.send.holder === undefined, 'the direction is free');
      await client.ok('send', { data: { text: 'second' } });
      assert.equal((await recvBytes(daemon, server)).bytes.toString(), 'second');
    });

    test('sockets that cannot send: each problem has bytesSent, also for a body without bytes', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const fresh = await session.stream();
      // Wine makes it of Linux's EPIPE.
      const notConnected = provider === 'ws2_32' && isWine() ? 'WSAECONNRESET' : 'WSAENOTCONN';
      for (const body of ['', 'x']) {
        const { name, bytesSent } = jsonOf(await sendBytes(daemon, fresh, body));
        assert.deepEqual([name, bytesSent], [notConnected, 0]);
      }
      const [client] = await session.pair();
      await client.ok('sendDisconnect');
      assert.equal(jsonOf(await sendBytes(daemon, client, 'x')).name, 'WSAESHUTDOWN');
      const datagram = await sendBytes(daemon, await session.datagram(), 'x');
      assert.deepEqual([datagram.status, jsonOf(datagram).name], [422, 'WSAEOPNOTSUPP']);
      const unknown = await sendBytes(daemon, { id: 'sck_unknown' }, 'x');
      assert.deepEqual([unknown.status, jsonOf(unknown).name], [404, 'WSAENOTSOCK']);
      assert.match(jsonOf(unknown).detail, /^WSASend: /);
      await session.ok('cleanup');
      assert.equal(jsonOf(await sendBytes(daemon, client, 'x')).name, 'WSANOTINITIALISED');
    });
  });
}

const provider = PROVIDERS[0] ?? 'lab';

test('what the gates refuse', async (t) => {
  const daemon = await startDaemon(t);
  const [client] = await (await startSession(daemon, provider)).pair();
  const refused = async (query: string, headers: http.OutgoingHttpHeaders) => {
    const answer = await sendBytes(daemon, client, 'x', query, { headers });
    return [answer.status, String(jsonOf(answer).type).slice('/problems/'.length)];
  };
  assert.deepEqual(await refused('', { 'content-type': 'application/json' }), [
    415,
    'unsupported-media-type',
  ]);
  assert.deepEqual(await refused('', { 'content-encoding': 'gzip' }), [415, 'unsupported-media-type']);
  assert.deepEqual(await refused('', { 'idempotency-key': 'k' }), [400, 'bad-request']);
  assert.deepEqual(await refused('', { 'winsockd-not-before': 'monotonic=1' }), [400, 'bad-request']);
  assert.deepEqual(await refused('', { authorization: '' }), [401, 'unauthorized']);
  assert.deepEqual(await refused('', { origin: 'https://example.org' }), [403, 'origin-denied']);
  assert.deepEqual(await refused('', { host: 'example.org' }), [421, 'misdirected']);
  assert.deepEqual(await refused('?flags=MSG_OOB', {}), [400, 'validation']);
  assert.deepEqual(await refused('?timeoutMs=-1', {}), [400, 'validation']);
  for (const name of ['sendBytes', 'recvBytes']) {
    const steps = [{ operation: name, params: { socketId: client.id } }];
    assert.equal((await daemon.api.problem.post('/v1/batch', { steps })).type, '/problems/validation');
    const call = { jsonrpc: '2.0', id: 1, method: name, params: { socketId: client.id } };
    assert.equal((await daemon.api.ok.post('/v1/rpc', call)).error.code, -32601);
  }
});

test('Expect: 100-continue; a request behind the body waits for its end', async (t) => {
  const daemon = await startDaemon(t);
  const [client, server] = await (await startSession(daemon, provider)).pair();
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  const sent = request(daemon, client, 'sendBytes', { agent, headers: { expect: '100-continue' } });
  sent.flushHeaders();
  await once(sent, 'continue');
  sent.write('one ');
  assert.equal((await recvBytes(daemon, server, '?maxBytes=4')).bytes.toString(), 'one ');
  const behind = sendBytes(daemon, client, 'two', '', { agent });
  sent.end('more ');
  assert.deepEqual(jsonOf(await answerOf(sent)), { bytesSent: 9 });
  assert.deepEqual(jsonOf(await behind), { bytesSent: 3 });
  await client.ok('sendDisconnect');
  assert.equal((await recvBytes(daemon, server, '?untilEnd=true')).bytes.toString(), 'more two');
});

test('a client that sends nothing for a minute is answered and cut; one that sends is not', async (t) => {
  const clock = new ManualClock();
  const daemon = await startDaemon(t, { clock });
  const [client, server] = await (await startSession(daemon, 'lab')).pair();
  const sent = request(daemon, client, 'sendBytes');
  const answered = once(sent, 'response');
  for (let minute = 0; minute < 3; minute++) {
    sent.write('x');
    assert.equal((await recvBytes(daemon, server, '?maxBytes=1')).bytes.toString(), 'x');
    await clock.advance(45_000);
  }
  await clock.advance(60_000);
  const [response] = (await answered) as [http.IncomingMessage];
  const began = performance.now();
  response.resume();
  await once(response, 'close');
  assert.equal(response.statusCode, 408);
  assert.ok(performance.now() - began < LINGER_MS + 5000);
  const live = daemon.app.daemon.sockets.find(client.id);
  assert.equal(live?.lanes.send.holder, undefined);
});
