import assert from 'node:assert/strict';
import { bytes, type CaseSockets, refused, value } from './case-sockets.js';
import type { Suite } from './suite.js';

/** Longer than any system needs for a call that does not wait, shorter than the linger time. */
const AT_ONCE_MS = 10_000;
const LINGER_SECONDS = 15;

const atOnce = (act: () => void): void => {
  const begun = Date.now();
  act();
  assert.ok(Date.now() - begun < AT_ONCE_MS, 'the call waited');
};

const send = (sockets: CaseSockets, handle: Parameters<CaseSockets['recv']>[0]) =>
  sockets.provider.send(handle, bytes('x'), 0);

/**
 * WSASendDisconnect and WSARecvDisconnect without data.
 *
 * Source: https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasenddisconnect
 */
export const disconnect = (suite: Suite): void => {
  suite.case('sendDisconnect: later sends are refused', async (sockets) => {
    const { client } = await sockets.pair();
    value(sockets.provider.sendDisconnect(client));
    refused(send(sockets, client), 'WSAESHUTDOWN');
    refused(send(sockets, client), 'WSAESHUTDOWN');
  });

  suite.case('sendDisconnect: the peer reads all bytes, then the end', async (sockets) => {
    const { client, server } = await sockets.pair();
    await sockets.sendAll(client, bytes('all of it'));
    value(sockets.provider.sendDisconnect(client));
    assert.equal((await sockets.recvAll(server)).toString('latin1'), 'all of it');
  });

  suite.case('sendDisconnect: receiving goes on', async (sockets) => {
    const { client, server } = await sockets.pair();
    value(sockets.provider.sendDisconnect(client));
    await sockets.sendAll(server, bytes('left over'));
    value(sockets.provider.sendDisconnect(server));
    assert.equal((await sockets.recvAll(client)).toString('latin1'), 'left over');
  });

  suite.case('sendDisconnect: a second call succeeds', async (sockets) => {
    const { client, server } = await sockets.pair();
    value(sockets.provider.sendDisconnect(client));
    value(sockets.provider.sendDisconnect(client));
    assert.equal((await sockets.recv(server)).byteLength, 0);
    await sockets.sendAll(server, bytes('ok'));
    assert.equal((await sockets.recv(client)).toString('latin1'), 'ok');
  });

  suite.case('sendDisconnect: after both ends have called it, the names remain', async (sockets) => {
    const { client, server } = await sockets.pair();
    value(sockets.provider.sendDisconnect(client));
    value(sockets.provider.sendDisconnect(server));
    await sockets.recvAll(client);
    value(sockets.provider.getSockName(client));
    value(sockets.provider.getPeerName(client));
  });

  suite.case('sendDisconnect: the socket cannot be connected again', async (sockets) => {
    const { client, listener } = await sockets.pair();
    value(sockets.provider.sendDisconnect(client));
    refused(sockets.provider.connect(client, listener.address), 'WSAEISCONN');
  });

  suite.case('sendDisconnect: does not wait, with any SO_LINGER', async (sockets) => {
    const { client, server } = await sockets.pair();
    value(sockets.provider.setSockOpt(client, 'SO_LINGER', { onoff: true, linger: LINGER_SECONDS }));
    sockets.fill(client, server);
    atOnce(() => value(sockets.provider.sendDisconnect(client)));
    atOnce(() => sockets.close(client));
    assert.ok((await sockets.recvAll(server)).byteLength > 0);
  });

  suite.case('sendDisconnect: does not wait for a full send buffer, and loses no byte', async (sockets) => {
    const { client, server } = await sockets.pair();
    const total = sockets.fill(client, server);
    atOnce(() => value(sockets.provider.sendDisconnect(client)));
    assert.equal((await sockets.recvAll(server)).byteLength, total);
  });

  suite.case('sendDisconnect: the handle is still open', async (sockets) => {
    const { client } = await sockets.pair();
    value(sockets.provider.sendDisconnect(client));
    value(sockets.provider.getSockOpt(client, 'SO_TYPE'));
    sockets.close(client);
    refused(sockets.provider.sendDisconnect(client), 'WSAENOTSOCK');
  });

  suite.case('sendDisconnect: needs no connection on a datagram socket', (sockets) => {
    const socket = sockets.datagram();
    const to = sockets.bind(sockets.datagram());
    value(sockets.provider.sendDisconnect(socket));
    refused(sockets.provider.sendTo(socket, bytes('x'), 0, to), 'WSAESHUTDOWN');
  });

  suite.case('recvDisconnect: receiving is refused, sending goes on', async (sockets) => {
    const { client, server } = await sockets.pair();
    assert.equal(value(sockets.provider.recvDisconnect(client)), undefined);
    refused(sockets.provider.recv(client, new Uint8Array(8), 0), 'WSAESHUTDOWN');
    refused(sockets.provider.recvFrom(client, new Uint8Array(8), 0), 'WSAESHUTDOWN');
    await sockets.sendAll(client, bytes('still'));
    assert.equal((await sockets.recvExactly(server, 5)).toString('latin1'), 'still');
  });

  suite.case('recvDisconnect: after the end of the peer it returns no data and no error', async (sockets) => {
    const { client, server } = await sockets.pair();
    value(sockets.provider.sendDisconnect(server));
    assert.equal((await sockets.recv(client)).byteLength, 0);
    assert.equal(value(sockets.provider.recvDisconnect(client))?.byteLength ?? 0, 0);
    value(sockets.provider.sendDisconnect(client));
  });

  suite.case('recvDisconnect: a second call succeeds', async (sockets) => {
    const { client } = await sockets.pair();
    value(sockets.provider.recvDisconnect(client));
    value(sockets.provider.recvDisconnect(client));
  });
};
