/** Requests that arrive together on one connection: when each call is made, and in which order they end. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PROVIDERS, startDaemon, startSession, type TestSocket, until } from '../test-daemon.js';
import { heldSend, MORE_THAN_BUFFERED } from './held-send.js';
import { nativeLog } from './native-log.js';
import {
  bare,
  endOf,
  endOrder,
  get,
  type Piped,
  pipelined,
  placesOf,
  post,
  recv,
  send,
} from './pipelined.js';

const isRecv = ({ path }: Piped): boolean => path.endsWith('/recv');
const isSend = ({ path }: Piped): boolean => path.endsWith('/send');

const fionread = (socket: TestSocket): Piped => post(socket, 'ioctl', { request: 'FIONREAD' });
const blocking = (socket: TestSocket): Piped => post(socket, 'ioctl', { request: 'FIONBIO', value: 0 });
const keepAlive = ({ id }: TestSocket, boolean: boolean): Piped => ({
  method: 'PUT',
  path: `/v1/sockets/${id}/options/SOL_SOCKET/SO_KEEPALIVE`,
  body: { value: { boolean } },
});

/** Seven calls, each with its native call, if it makes one. */
const block = (socket: TestSocket, letters: string): [Piped, string?][] => [
  [send(socket, letters.slice(0, 1)), 'send'],
  [fionread(socket), 'available'],
  [keepAlive(socket, letters < 'n'), 'setSockOpt'],
  [recv(socket, 1), 'recv'],
  [post(socket, 'recv', { maxBytes: 2, flags: ['MSG_PEEK'] }), 'recv'],
  [send(socket, letters.slice(1)), 'send'],
  [blocking(socket)],
];

/** The end of a socket with one unread byte, and the steps that follow. */
const endingSteps = (socket: TestSocket): [Piped, ...string[]][] => [
  [send(socket, '.'), 'send'],
  [post(socket, 'sendDisconnect'), 'sendDisconnect'],
  [send(socket, 'too late'), 'send'],
  [recv(socket, 9), 'recv'],
  [post(socket, 'shutdown', { how: 'SD_BOTH' }), 'shutdown'],
  [recv(socket, 9), 'recv'],
  [post(socket, 'close'), 'getSockOpt', 'available', 'close'],
  [send(socket, 'gone')],
];

const ALPHABET = 'abcdefghijklmnop';

for (const provider of PROVIDERS) {
  describe(provider, () => {
    test('64 calls without a wait are made in their order', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [near, far] = await session.pair();
      await far.ok('send', { data: { text: '123456789' } });
      await near.untilAvailable(9);
      const pairs = ALPHABET.match(/../g) ?? [];
      const script = [...pairs.flatMap((letters) => block(near, letters)), ...endingSteps(near)];
      const requests = script.map(([request]) => request);
      assert.equal(requests.length, 64);
      const log = nativeLog(t, near);
      const answers = await pipelined(daemon, requests);
      const made = log.splice(0);
      assert.deepEqual(
        made.map(({ name }) => name),
        script.flatMap(([, ...natives]) => natives),
      );
      const places = requests.map((_, place) => place);
      assert.deepEqual(await endOrder(daemon, session, answers), places, 'ended in their order, too');
      const received = answers.slice(0, -8).filter(({ body }) => body.data);
      const sixteen = '1 23 2 34 3 45 4 56 5 67 6 78 7 89 8 9';
      assert.equal(received.map(endOf).join(' '), sixteen);
      assert.deepEqual(answers.slice(-8).map(endOf), [
        'ok',
        'ok',
        'WSAESHUTDOWN',
        '9',
        'ok',
        'WSAESHUTDOWN',
        'ok',
        'WSAENOTSOCK',
      ]);
      assert.equal(await far.drain(), `${ALPHABET}.`);
    });

    test('after a waiting recv all calls but recvs are made at once', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [near, far] = await session.pair();
      const requests = [...ALPHABET].flatMap((letter) => [
        recv(near, 1),
        send(near, letter),
        keepAlive(near, letter < 'h'),
        post(near, 'ioctl', { request: 'FIONBIO', value: 0 }),
      ]);
      const log = nativeLog(t, near);
      const exchange = pipelined(daemon, requests);
      const all = { maxBytes: ALPHABET.length, flags: ['MSG_WAITALL'], timeoutMs: 10_000 };
      const { data } = await far.ok('recv', all);
      assert.equal(atob(data.base64), ALPHABET);
      const natives = [...ALPHABET].flatMap((_, i) => [...(i === 0 ? ['recv'] : []), 'send', 'setSockOpt']);
      await until(() => log.length >= natives.length, 'all but the recvs behind the first are made');
      assert.deepEqual(
        log.map(({ name }) => name),
        natives,
      );
      await far.ok('send', { data: { text: ALPHABET.toUpperCase() } });
      const answers = await exchange;
      const waiting = placesOf(requests, isRecv);
      assert.equal(
        waiting
          .map((place) => answers[place])
          .map((one) => one && endOf(one))
          .join(''),
        ALPHABET.toUpperCase(),
      );
      const others = placesOf(requests, (one) => !isRecv(one));
      assert.deepEqual(await endOrder(daemon, session, answers), [...others, ...waiting]);
    });

    test('after a waiting send all calls but sends are made at once; sends keep their order', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [near, far] = await session.pair();
      const { filled } = await heldSend(near, far);
      await far.ok('send', { data: { text: ALPHABET } });
      await near.untilAvailable(ALPHABET.length);
      const requests = [...ALPHABET].flatMap((letter) => [
        send(near, letter),
        recv(near, 1),
        keepAlive(near, letter < 'h'),
        post(near, 'ioctl', { request: 'FIONBIO', value: 0 }),
      ]);
      const log = nativeLog(t, near);
      const exchange = pipelined(daemon, requests);
      // The first answer is not written, so only the first recv can be delivered.
      const natives = [...ALPHABET].flatMap((_, i) => [...(i === 0 ? ['recv'] : []), 'setSockOpt']);
      const others = (): string[] => log.map(({ name }) => name).filter((name) => name !== 'send');
      await until(
        () => others().length >= natives.length,
        'all but sends and the recvs behind the first are made',
      );
      assert.deepEqual(others(), natives);
      const read: string[] = [];
      for (let bytes = 0; bytes < filled + MORE_THAN_BUFFERED + ALPHABET.length; ) {
        const { data } = await far.ok('recv', { timeoutMs: 10_000 });
        read.push(atob(data.base64));
        bytes += data.len;
      }
      assert.equal(read.join('').slice(filled + MORE_THAN_BUFFERED), ALPHABET);
      const answers = await exchange;
      const order = await endOrder(daemon, session, answers);
      for (const isSo of [isSend, isRecv, (one: Piped) => !isSend(one) && !isRecv(one)]) {
        const places = placesOf(requests, isSo);
        assert.deepEqual(
          order.filter((place) => places.includes(place)),
          places,
        );
      }
      const received = placesOf(requests, isRecv).map((place) => answers[place]);
      assert.equal(received.map((one) => one && endOf(one)).join(''), ALPHABET);
    });

    // Node delivers a body after the head: a call without a body must not overtake the one before it.
    test('a request without a body is made after the one before it, which has a body', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [near] = await session.pair();
      const log = nativeLog(t, near);
      const answers = await pipelined(daemon, [
        keepAlive(near, true),
        get(near, 'options/SOL_SOCKET/SO_KEEPALIVE'),
        send(near, 'x'),
        bare(near, 'sendDisconnect'),
      ]);
      assert.deepEqual(
        log.map(({ name }) => name),
        ['setSockOpt', 'getSockOpt', 'send', 'sendDisconnect'],
      );
      assert.deepEqual(answers[1]?.body, { value: { boolean: true } });
      assert.deepEqual(answers.map(endOf), ['ok', 'ok', 'ok', 'ok']);
    });
  });
}
