import assert from 'node:assert/strict';
import type { Handle } from '../../../src/providers/provider.js';
import { POLL_EVENTS } from '../../../src/winsock/constants.js';
import { WSA_ERRORS } from '../../../src/winsock/errors.js';
import { answer, bytes, type CaseSockets, loopback, refused, value } from './case-sockets.js';
import type { Suite } from './suite.js';

const { POLLRDNORM, POLLRDBAND, POLLWRNORM, POLLERR, POLLHUP } = POLL_EVENTS;
const ALL = POLLRDNORM | POLLRDBAND | POLLWRNORM;
const REFUSED = WSA_ERRORS.WSAECONNREFUSED.code;

const soError = (sockets: CaseSockets, s: Handle): unknown =>
  value(sockets.provider.getSockOpt(s, 'SO_ERROR'));

const look = (sockets: CaseSockets, s: Handle): number =>
  value(sockets.provider.poll([{ s, events: ALL }]))[0] ?? 0;

/** A stream with a refused connect. */
const refusedStream = async (sockets: CaseSockets, client = sockets.stream()): Promise<Handle> => {
  refused(sockets.provider.connect(client, sockets.deadAddress()), 'WSAEWOULDBLOCK');
  refused(await sockets.ended(client), 'WSAECONNREFUSED');
  return client;
};

/** Connects it to a listener; returns the accepted socket. */
const connectToListener = async (sockets: CaseSockets, client: Handle): Promise<Handle> => {
  const listener = sockets.listener();
  sockets.begin(client, listener.address);
  const { handle } = await sockets.accept(listener.handle);
  value(await sockets.ended(client));
  return handle;
};

/**
 * The error state that a failed connect leaves until a connect succeeds.
 *
 * Source: Wine's dlls/ws2_32/tests/sock.c, test_select and test_WSAPoll, and afd.c, test_poll, which are run
 * on Windows. Microsoft's page of SO_ERROR says that reading clears it.
 */
export const failedConnects = (suite: Suite): void => {
  suite.case('failed connect: SO_ERROR keeps its code after reads', async (sockets) => {
    const client = await refusedStream(sockets);
    for (let i = 0; i < 3; i++) assert.equal(soError(sockets, client), REFUSED);
    refused(sockets.provider.finishConnect(client), 'WSAECONNREFUSED');
  });

  suite.case('failed connect: POLLERR stays after SO_ERROR is read', async (sockets) => {
    const client = await refusedStream(sockets);
    for (let i = 0; i < 3; i++) {
      assert.notEqual(look(sockets, client) & POLLERR, 0);
      soError(sockets, client);
    }
  });

  suite.case('failed connect: poll also reports POLLHUP and POLLWRNORM', async (sockets) => {
    const client = await refusedStream(sockets);
    assert.equal(look(sockets, client), POLLERR | POLLHUP | POLLWRNORM);
    await refusedStream(sockets, client);
    assert.equal(look(sockets, client), POLLERR | POLLHUP | POLLWRNORM, 'a second one');
    assert.equal(soError(sockets, client), REFUSED);
  });

  suite.case('failed connect: a later success clears SO_ERROR and POLLERR', async (sockets) => {
    const client = await refusedStream(sockets);
    const server = await connectToListener(sockets, client);
    assert.equal(soError(sockets, client), 0);
    assert.equal(look(sockets, client), POLLWRNORM);
    await sockets.sendAll(client, bytes('x'));
    await sockets.recvExactly(server, 1);
  });

  if (suite.facts.pendingConnect) {
    suite.case(
      'failed connect: during another connect SO_ERROR stays, and poll reports nothing',
      async (sockets) => {
        const address = await sockets.pending();
        const client = await refusedStream(sockets);
        refused(sockets.provider.connect(client, address), 'WSAEWOULDBLOCK');
        assert.equal(soError(sockets, client), REFUSED);
        assert.equal(look(sockets, client), 0);
        refused(sockets.provider.finishConnect(client), 'WSAEWOULDBLOCK');
      },
    );
  }

  suite.case('failed connect: the socket can listen, and SO_ERROR and POLLERR stay', async (sockets) => {
    const client = sockets.stream();
    const address = sockets.bind(client);
    await refusedStream(sockets, client);
    value(sockets.provider.listen(client, 1));
    assert.equal(look(sockets, client), POLLERR | POLLHUP | POLLWRNORM);
    sockets.begin(sockets.stream(), address);
    await sockets.accept(client);
    assert.equal(soError(sockets, client), REFUSED);
  });

  suite.case('failed connect: a connect refused before it begins leaves no SO_ERROR', (sockets) => {
    const client = sockets.stream();
    assert.equal(answer(sockets.provider.connect(client, loopback('AF_INET6', 1))), 'WSAEFAULT');
    assert.equal(soError(sockets, client), 0);
    assert.equal(look(sockets, client), 0);
  });
};
