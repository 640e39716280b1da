import assert from 'node:assert/strict';
import { bytes, type Rig, refused, value } from './rig.js';
import type { Suite } from './suite.js';

/** Longer than any system needs for a call that does not wait, shorter than the linger time. */
const AT_ONCE_MS = 10_000;
const LINGER_SECONDS = 15;

const atOnce = (act: () => void): void => {
  const begun = Date.now();
  act();
  assert.ok(Date.now() - begun < AT_ONCE_MS, 'the call waited');
};

const send = (rig: Rig, handle: Parameters<Rig['recv']>[0]) => rig.provider.send(handle, bytes('x'), 0);

/**
 * WSASendDisconnect and WSARecvDisconnect without data.
 *
 * Source: https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasenddisconnect
 */
export const disconnect = (suite: Suite): void => {
  suite.case('sendDisconnect: later sends are refused', async (rig) => {
    const { client } = await rig.pair();
    value(rig.provider.sendDisconnect(client));
    refused(send(rig, client), 'WSAESHUTDOWN');
    refused(send(rig, client), 'WSAESHUTDOWN');
  });

  suite.case('sendDisconnect: the peer reads all bytes, then the end', async (rig) => {
    const { client, server } = await rig.pair();
    await rig.sendAll(client, bytes('all of it'));
    value(rig.provider.sendDisconnect(client));
    assert.equal((await rig.recvAll(server)).toString('latin1'), 'all of it');
  });

  suite.case('sendDisconnect: receiving goes on', async (rig) => {
    const { client, server } = await rig.pair();
    value(rig.provider.sendDisconnect(client));
    await rig.sendAll(server, bytes('left over'));
    value(rig.provider.sendDisconnect(server));
    assert.equal((await rig.recvAll(client)).toString('latin1'), 'left over');
  });

  suite.case('sendDisconnect: a second call succeeds', async (rig) => {
    const { client, server } = await rig.pair();
    value(rig.provider.sendDisconnect(client));
    value(rig.provider.sendDisconnect(client));
    assert.equal((await rig.recv(server)).byteLength, 0);
    await rig.sendAll(server, bytes('ok'));
    assert.equal((await rig.recv(client)).toString('latin1'), 'ok');
  });

  suite.case('sendDisconnect: after both ends have called it, the names remain', async (rig) => {
    const { client, server } = await rig.pair();
    value(rig.provider.sendDisconnect(client));
    value(rig.provider.sendDisconnect(server));
    await rig.recvAll(client);
    value(rig.provider.getSockName(client));
    value(rig.provider.getPeerName(client));
  });

  suite.case('sendDisconnect: the socket cannot be connected again', async (rig) => {
    const { client, listener } = await rig.pair();
    value(rig.provider.sendDisconnect(client));
    refused(rig.provider.connect(client, listener.address), 'WSAEISCONN');
  });

  suite.case('sendDisconnect: does not wait, with any SO_LINGER', async (rig) => {
    const { client, server } = await rig.pair();
    value(rig.provider.setSockOpt(client, 'SO_LINGER', { onoff: true, linger: LINGER_SECONDS }));
    rig.fill(client, server);
    atOnce(() => value(rig.provider.sendDisconnect(client)));
    atOnce(() => rig.close(client));
    assert.ok((await rig.recvAll(server)).byteLength > 0);
  });

  suite.case('sendDisconnect: does not wait for a full send buffer, and loses no byte', async (rig) => {
    const { client, server } = await rig.pair();
    const total = rig.fill(client, server);
    atOnce(() => value(rig.provider.sendDisconnect(client)));
    assert.equal((await rig.recvAll(server)).byteLength, total);
  });

  suite.case('sendDisconnect: the handle is still open', async (rig) => {
    const { client } = await rig.pair();
    value(rig.provider.sendDisconnect(client));
    value(rig.provider.getSockOpt(client, 'SO_TYPE'));
    rig.close(client);
    refused(rig.provider.sendDisconnect(client), 'WSAENOTSOCK');
  });

  suite.case('sendDisconnect: needs no connection on a datagram socket', (rig) => {
    const socket = rig.datagram();
    const to = rig.bind(rig.datagram());
    value(rig.provider.sendDisconnect(socket));
    refused(rig.provider.sendTo(socket, bytes('x'), 0, to), 'WSAESHUTDOWN');
  });

  suite.case('recvDisconnect: receiving is refused, sending goes on', async (rig) => {
    const { client, server } = await rig.pair();
    assert.equal(value(rig.provider.recvDisconnect(client)), undefined);
    refused(rig.provider.recv(client, new Uint8Array(8), 0), 'WSAESHUTDOWN');
    refused(rig.provider.recvFrom(client, new Uint8Array(8), 0), 'WSAESHUTDOWN');
    await rig.sendAll(client, bytes('still'));
    assert.equal((await rig.recvExactly(server, 5)).toString('latin1'), 'still');
  });

  suite.case('recvDisconnect: after the end of the peer it returns no data and no error', async (rig) => {
    const { client, server } = await rig.pair();
    value(rig.provider.sendDisconnect(server));
    assert.equal((await rig.recv(client)).byteLength, 0);
    assert.equal(value(rig.provider.recvDisconnect(client))?.byteLength ?? 0, 0);
    value(rig.provider.sendDisconnect(client));
  });

  suite.case('recvDisconnect: a second call succeeds', async (rig) => {
    const { client } = await rig.pair();
    value(rig.provider.recvDisconnect(client));
    value(rig.provider.recvDisconnect(client));
  });
};
