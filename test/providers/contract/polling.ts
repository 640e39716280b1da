import assert from 'node:assert/strict';
import type { Handle } from '../../../src/providers/provider.js';
import { POLL_EVENTS } from '../../../src/winsock/constants.js';
import { answer, bytes, type CaseSockets, value } from './case-sockets.js';
import type { Suite } from './suite.js';

const { POLLRDNORM, POLLRDBAND, POLLWRNORM, POLLERR, POLLHUP, POLLNVAL } = POLL_EVENTS;
const ALL = POLLRDNORM | POLLRDBAND | POLLWRNORM;

/** The events of one socket. */
const look = (sockets: CaseSockets, s: Handle, events: number = ALL): number | undefined =>
  value(sockets.provider.poll([{ s, events }]))[0];

const becomes = (sockets: CaseSockets, s: Handle, what: number): Promise<void> =>
  sockets.until(`poll says ${what}`, () => look(sockets, s) === what);

/** The rules of poll, which are WSAPoll's. */
export const polling = (suite: Suite): void => {
  suite.case('poll: answers in the order of the request, with POLLNVAL for a bad handle', async (sockets) => {
    const { client, server, listener } = await sockets.pair();
    const closed = sockets.stream();
    sockets.close(closed);
    await sockets.sendAll(client, bytes('x'));
    await sockets.ready(server, { read: true });
    const asked = [server, closed, client, listener.handle, server].map((s) => ({ s, events: ALL }));
    const answers = value(sockets.provider.poll(asked));
    assert.deepEqual(answers, [POLLRDNORM | POLLWRNORM, POLLNVAL, POLLWRNORM, 0, POLLRDNORM | POLLWRNORM]);
    assert.deepEqual(value(sockets.provider.poll([{ s: closed, events: ALL }])), [POLLNVAL]);
    assert.deepEqual(value(sockets.provider.poll([])), []);
  });

  suite.case('poll: reports only requested events', async (sockets) => {
    const { client, server } = await sockets.pair();
    await sockets.sendAll(client, bytes('x'));
    await sockets.ready(server, { read: true });
    assert.equal(look(sockets, server, POLLRDNORM), POLLRDNORM);
    assert.equal(look(sockets, server, POLLWRNORM), POLLWRNORM);
    assert.equal(look(sockets, server, 0), 0);
  });

  suite.case('poll: a stream without a connection has no events', (sockets) => {
    const stream = sockets.stream();
    assert.equal(look(sockets, stream), 0);
    sockets.bind(stream);
    assert.equal(look(sockets, stream), 0);
    const listener = sockets.listener();
    assert.equal(look(sockets, listener.handle), 0);
  });

  suite.case('poll: a pending connection is POLLRDNORM', async (sockets) => {
    const listener = sockets.listener();
    sockets.begin(sockets.stream(), listener.address);
    await becomes(sockets, listener.handle, POLLRDNORM);
    await sockets.accept(listener.handle);
    assert.equal(look(sockets, listener.handle), 0);
  });

  suite.case('poll: the end of the peer is POLLHUP, bytes before it POLLRDNORM', async (sockets) => {
    const { client, server } = await sockets.pair();
    await sockets.sendAll(client, bytes('abc'));
    value(sockets.provider.shutdown(client, 'SD_SEND'));
    await sockets.until('bytes', () => ((look(sockets, server) ?? 0) & POLLRDNORM) !== 0);
    assert.equal((await sockets.recvAll(server)).toString('latin1'), 'abc');
    assert.equal(look(sockets, server), POLLHUP | POLLWRNORM);
    assert.equal(look(sockets, server, 0), POLLHUP, 'reported without a request');
  });

  suite.case('poll: a full send buffer is not POLLWRNORM', async (sockets) => {
    const { client, server } = await sockets.pair();
    sockets.fill(client, server);
    assert.equal(look(sockets, client), 0);
    value(sockets.provider.shutdown(client, 'SD_SEND'));
    await sockets.recvAll(server);
    await becomes(sockets, client, POLLWRNORM);
  });

  for (const how of ['SD_RECEIVE', 'SD_BOTH'] as const) {
    suite.case(`poll: after its own ${how} a stream is only POLLWRNORM`, async (sockets) => {
      const { client, server } = await sockets.pair();
      value(sockets.provider.shutdown(client, how));
      assert.equal(look(sockets, client), POLLWRNORM);
      value(sockets.provider.shutdown(server, 'SD_SEND'));
      await becomes(sockets, client, POLLWRNORM | POLLHUP);
    });
  }

  suite.case('poll: after its own SD_RECEIVE unread bytes are not POLLRDNORM', async (sockets) => {
    const { client, server } = await sockets.pair();
    await sockets.sendAll(server, bytes('x'));
    await sockets.ready(client, { read: true });
    value(sockets.provider.shutdown(client, 'SD_RECEIVE'));
    assert.equal((look(sockets, client) ?? 0) & POLLRDNORM, 0);
  });

  suite.case('poll: after its own SD_RECEIVE a datagram socket is only POLLWRNORM', (sockets) => {
    const socket = sockets.datagram();
    sockets.bind(socket);
    value(sockets.provider.shutdown(socket, 'SD_RECEIVE'));
    assert.equal(look(sockets, socket), POLLWRNORM);
  });

  suite.case('poll: a reset is POLLERR and POLLHUP, and stays after receives', async (sockets) => {
    const { client, server } = await sockets.pair();
    sockets.abort(server);
    await becomes(sockets, client, POLLERR | POLLHUP | POLLWRNORM);
    const code = answer(sockets.provider.recv(client, new Uint8Array(1), 0));
    assert.ok(['WSAECONNRESET', 'WSAECONNABORTED'].includes(code), code);
    assert.equal(look(sockets, client), POLLERR | POLLHUP | POLLWRNORM);
  });

  suite.case('poll: a failed connect is POLLERR, and finishConnect still reports it', async (sockets) => {
    const client = sockets.stream();
    sockets.begin(client, sockets.deadAddress());
    await sockets.until('the connect fails', () => ((look(sockets, client) ?? 0) & POLLERR) !== 0);
    assert.equal(answer(sockets.provider.finishConnect(client)), 'WSAECONNREFUSED');
    assert.notEqual((look(sockets, client) ?? 0) & POLLERR, 0);
  });

  if (suite.facts.pendingConnect) {
    suite.case('poll: a pending connect has no events', async (sockets) => {
      const address = await sockets.pending();
      const client = sockets.stream();
      sockets.begin(client, address);
      assert.equal(look(sockets, client), 0);
    });
  }

  suite.case('poll: a datagram socket is writable at once, readable with a datagram', async (sockets) => {
    const [a, b] = [sockets.datagram(), sockets.datagram()];
    assert.equal(look(sockets, a), POLLWRNORM);
    const to = sockets.bind(b);
    assert.equal(look(sockets, b), POLLWRNORM);
    value(sockets.provider.sendTo(a, bytes(''), 0, to));
    await becomes(sockets, b, POLLRDNORM | POLLWRNORM);
  });

  suite.case('poll: a thousand sockets in one call', async (sockets) => {
    const silent = Array.from({ length: 500 }, () => sockets.datagram());
    const { client, server } = await sockets.pair();
    await sockets.sendAll(client, bytes('x'));
    await sockets.ready(server, { read: true });
    const answers = value(
      sockets.provider.poll([...silent, server, ...silent].map((s) => ({ s, events: POLLRDNORM }))),
    );
    assert.deepEqual(
      answers.flatMap((revents, i) => (revents === 0 ? [] : [i])),
      [500],
    );
  });
};
