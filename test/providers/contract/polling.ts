import assert from 'node:assert/strict';
import type { Handle } from '../../../src/providers/provider.js';
import { POLL_EVENTS } from '../../../src/winsock/constants.js';
import { answer, bytes, type Rig, value } from './rig.js';
import type { Suite } from './suite.js';

const { POLLRDNORM, POLLRDBAND, POLLWRNORM, POLLERR, POLLHUP, POLLNVAL } = POLL_EVENTS;
const ALL = POLLRDNORM | POLLRDBAND | POLLWRNORM;

/** The events of one socket. */
const look = (rig: Rig, s: Handle, events: number = ALL): number | undefined =>
  value(rig.provider.poll([{ s, events }]))[0];

const becomes = (rig: Rig, s: Handle, what: number): Promise<void> =>
  rig.until(`poll says ${what}`, () => look(rig, s) === what);

/** The rules of poll, which are WSAPoll's. */
export const polling = (suite: Suite): void => {
  suite.case('poll: answers in the order of the request, with POLLNVAL for a bad handle', async (rig) => {
    const { client, server, listener } = await rig.pair();
    const closed = rig.stream();
    rig.close(closed);
    await rig.sendAll(client, bytes('x'));
    await rig.ready(server, { read: true });
    const asked = [server, closed, client, listener.handle, server].map((s) => ({ s, events: ALL }));
    const answers = value(rig.provider.poll(asked));
    assert.deepEqual(answers, [POLLRDNORM | POLLWRNORM, POLLNVAL, POLLWRNORM, 0, POLLRDNORM | POLLWRNORM]);
    assert.deepEqual(value(rig.provider.poll([{ s: closed, events: ALL }])), [POLLNVAL]);
    assert.deepEqual(value(rig.provider.poll([])), []);
  });

  suite.case('poll: reports only requested events', async (rig) => {
    const { client, server } = await rig.pair();
    await rig.sendAll(client, bytes('x'));
    await rig.ready(server, { read: true });
    assert.equal(look(rig, server, POLLRDNORM), POLLRDNORM);
    assert.equal(look(rig, server, POLLWRNORM), POLLWRNORM);
    assert.equal(look(rig, server, 0), 0);
  });

  suite.case('poll: a stream without a connection has no events', (rig) => {
    const stream = rig.stream();
    assert.equal(look(rig, stream), 0);
    rig.bind(stream);
    assert.equal(look(rig, stream), 0);
    const listener = rig.listener();
    assert.equal(look(rig, listener.handle), 0);
  });

  suite.case('poll: a pending connection is POLLRDNORM', async (rig) => {
    const listener = rig.listener();
    rig.begin(rig.stream(), listener.address);
    await becomes(rig, listener.handle, POLLRDNORM);
    await rig.accept(listener.handle);
    assert.equal(look(rig, listener.handle), 0);
  });

  suite.case('poll: the end of the peer is POLLHUP, bytes before it POLLRDNORM', async (rig) => {
    const { client, server } = await rig.pair();
    await rig.sendAll(client, bytes('abc'));
    value(rig.provider.shutdown(client, 'SD_SEND'));
    await rig.until('bytes', () => ((look(rig, server) ?? 0) & POLLRDNORM) !== 0);
    assert.equal((await rig.recvAll(server)).toString('latin1'), 'abc');
    assert.equal(look(rig, server), POLLHUP | POLLWRNORM);
    assert.equal(look(rig, server, 0), POLLHUP, 'reported without a request');
  });

  suite.case('poll: a full send buffer is not POLLWRNORM', async (rig) => {
    const { client, server } = await rig.pair();
    rig.fill(client, server);
    assert.equal(look(rig, client), 0);
    value(rig.provider.shutdown(client, 'SD_SEND'));
    await rig.recvAll(server);
    await becomes(rig, client, POLLWRNORM);
  });

  for (const how of ['SD_RECEIVE', 'SD_BOTH'] as const) {
    suite.case(`poll: after its own ${how} a stream is only POLLWRNORM`, async (rig) => {
      const { client, server } = await rig.pair();
      value(rig.provider.shutdown(client, how));
      assert.equal(look(rig, client), POLLWRNORM);
      value(rig.provider.shutdown(server, 'SD_SEND'));
      await becomes(rig, client, POLLWRNORM | POLLHUP);
    });
  }

  suite.case('poll: after its own SD_RECEIVE unread bytes are not POLLRDNORM', async (rig) => {
    const { client, server } = await rig.pair();
    await rig.sendAll(server, bytes('x'));
    await rig.ready(client, { read: true });
    value(rig.provider.shutdown(client, 'SD_RECEIVE'));
    assert.equal((look(rig, client) ?? 0) & POLLRDNORM, 0);
  });

  suite.case('poll: after its own SD_RECEIVE a datagram socket is only POLLWRNORM', (rig) => {
    const socket = rig.datagram();
    rig.bind(socket);
    value(rig.provider.shutdown(socket, 'SD_RECEIVE'));
    assert.equal(look(rig, socket), POLLWRNORM);
  });

  suite.case('poll: a reset is POLLERR and POLLHUP, and stays after receives', async (rig) => {
    const { client, server } = await rig.pair();
    rig.abort(server);
    await becomes(rig, client, POLLERR | POLLHUP | POLLWRNORM);
    const code = answer(rig.provider.recv(client, new Uint8Array(1), 0));
    assert.ok(['WSAECONNRESET', 'WSAECONNABORTED'].includes(code), code);
    assert.equal(look(rig, client), POLLERR | POLLHUP | POLLWRNORM);
  });

  suite.case('poll: a failed connect is POLLERR, and finishConnect still reports it', async (rig) => {
    const client = rig.stream();
    rig.begin(client, rig.deadAddress());
    await rig.until('the connect fails', () => ((look(rig, client) ?? 0) & POLLERR) !== 0);
    assert.equal(answer(rig.provider.finishConnect(client)), 'WSAECONNREFUSED');
    assert.notEqual((look(rig, client) ?? 0) & POLLERR, 0);
  });

  if (suite.facts.pendingConnect) {
    suite.case('poll: a pending connect has no events', async (rig) => {
      const address = await rig.pending();
      const client = rig.stream();
      rig.begin(client, address);
      assert.equal(look(rig, client), 0);
    });
  }

  suite.case('poll: a datagram socket is writable at once, readable with a datagram', async (rig) => {
    const [a, b] = [rig.datagram(), rig.datagram()];
    assert.equal(look(rig, a), POLLWRNORM);
    const to = rig.bind(b);
    assert.equal(look(rig, b), POLLWRNORM);
    value(rig.provider.sendTo(a, bytes(''), 0, to));
    await becomes(rig, b, POLLRDNORM | POLLWRNORM);
  });

  suite.case('poll: a thousand sockets in one call', async (rig) => {
    const sockets = Array.from({ length: 500 }, () => rig.datagram());
    const { client, server } = await rig.pair();
    await rig.sendAll(client, bytes('x'));
    await rig.ready(server, { read: true });
    const answers = value(
      rig.provider.poll([...sockets, server, ...sockets].map((s) => ({ s, events: POLLRDNORM }))),
    );
    assert.deepEqual(
      answers.flatMap((revents, i) => (revents === 0 ? [] : [i])),
      [500],
    );
  });
};
