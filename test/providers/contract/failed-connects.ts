import assert from 'node:assert/strict';
import type { Handle } from '../../../src/providers/provider.js';
import { POLL_EVENTS } from '../../../src/winsock/constants.js';
import { WSA_ERRORS } from '../../../src/winsock/errors.js';
import { answer, bytes, loopback, type Rig, refused, value } from './rig.js';
import type { Suite } from './suite.js';

const { POLLRDNORM, POLLRDBAND, POLLWRNORM, POLLERR, POLLHUP } = POLL_EVENTS;
const ALL = POLLRDNORM | POLLRDBAND | POLLWRNORM;
const REFUSED = WSA_ERRORS.WSAECONNREFUSED.code;

const soError = (rig: Rig, s: Handle): unknown => value(rig.provider.getSockOpt(s, 'SO_ERROR'));

const look = (rig: Rig, s: Handle): number => value(rig.provider.poll([{ s, events: ALL }]))[0] ?? 0;

/** A stream with a refused connect. */
const refusedStream = async (rig: Rig, client = rig.stream()): Promise<Handle> => {
  refused(rig.provider.connect(client, rig.deadAddress()), 'WSAEWOULDBLOCK');
  refused(await rig.ended(client), 'WSAECONNREFUSED');
  return client;
};

/** Connects it to a listener; returns the accepted socket. */
const connectToListener = async (rig: Rig, client: Handle): Promise<Handle> => {
  const listener = rig.listener();
  rig.begin(client, listener.address);
  const { handle } = await rig.accept(listener.handle);
  value(await rig.ended(client));
  return handle;
};

/**
 * The error state that a failed connect leaves until a connect succeeds.
 *
 * Source: Wine's dlls/ws2_32/tests/sock.c, test_select and test_WSAPoll, and afd.c, test_poll, which are run
 * on Windows. Microsoft's page of SO_ERROR says that reading clears it.
 */
export const failedConnects = (suite: Suite): void => {
  suite.case('failed connect: SO_ERROR keeps its code after reads', async (rig) => {
    const client = await refusedStream(rig);
    for (let i = 0; i < 3; i++) assert.equal(soError(rig, client), REFUSED);
    refused(rig.provider.finishConnect(client), 'WSAECONNREFUSED');
  });

  suite.case('failed connect: POLLERR stays after SO_ERROR is read', async (rig) => {
    const client = await refusedStream(rig);
    for (let i = 0; i < 3; i++) {
      assert.notEqual(look(rig, client) & POLLERR, 0);
      soError(rig, client);
    }
  });

  suite.case('failed connect: poll also reports POLLHUP and POLLWRNORM', async (rig) => {
    const client = await refusedStream(rig);
    assert.equal(look(rig, client), POLLERR | POLLHUP | POLLWRNORM);
    await refusedStream(rig, client);
    assert.equal(look(rig, client), POLLERR | POLLHUP | POLLWRNORM, 'a second one');
    assert.equal(soError(rig, client), REFUSED);
  });

  suite.case('failed connect: a later success clears SO_ERROR and POLLERR', async (rig) => {
    const client = await refusedStream(rig);
    const server = await connectToListener(rig, client);
    assert.equal(soError(rig, client), 0);
    assert.equal(look(rig, client), POLLWRNORM);
    await rig.sendAll(client, bytes('x'));
    await rig.recvExactly(server, 1);
  });

  if (suite.facts.pendingConnect) {
    suite.case(
      'failed connect: during another connect SO_ERROR stays, and poll reports nothing',
      async (rig) => {
        const address = await rig.pending();
        const client = await refusedStream(rig);
        refused(rig.provider.connect(client, address), 'WSAEWOULDBLOCK');
        assert.equal(soError(rig, client), REFUSED);
        assert.equal(look(rig, client), 0);
        refused(rig.provider.finishConnect(client), 'WSAEWOULDBLOCK');
      },
    );
  }

  suite.case('failed connect: the socket can listen, and SO_ERROR and POLLERR stay', async (rig) => {
    const client = rig.stream();
    const address = rig.bind(client);
    await refusedStream(rig, client);
    value(rig.provider.listen(client, 1));
    assert.equal(look(rig, client), POLLERR | POLLHUP | POLLWRNORM);
    rig.begin(rig.stream(), address);
    await rig.accept(client);
    assert.equal(soError(rig, client), REFUSED);
  });

  suite.case('failed connect: a connect refused before it begins leaves no SO_ERROR', (rig) => {
    const client = rig.stream();
    assert.equal(answer(rig.provider.connect(client, loopback('AF_INET6', 1))), 'WSAEFAULT');
    assert.equal(soError(rig, client), 0);
    assert.equal(look(rig, client), 0);
  });
};
