import assert from 'node:assert/strict';
import { answer, bytes, refused, value } from './case-sockets.js';
import type { Suite } from './suite.js';

/** The rules of duplicate: two handles, one socket. */
export const duplicates = (suite: Suite): void => {
  suite.case('duplicate: both handles name the same connection', async (sockets) => {
    const { client, server } = await sockets.pair();
    const second = sockets.own(value(sockets.provider.duplicate(client)));
    assert.notEqual(second, client);
    assert.deepEqual(sockets.provider.getSockName(second), sockets.provider.getSockName(client));
    assert.deepEqual(sockets.provider.getPeerName(second), sockets.provider.getPeerName(client));
    await sockets.sendAll(client, bytes('one '));
    await sockets.sendAll(second, bytes('two'));
    assert.equal((await sockets.recvExactly(server, 7)).toString('latin1'), 'one two');
    await sockets.sendAll(server, bytes('ab'));
    assert.equal((await sockets.recvExactly(client, 1)).toString('latin1'), 'a');
    assert.equal((await sockets.recvExactly(second, 1)).toString('latin1'), 'b');
  });

  suite.case('duplicate: the connection ends when both are closed', async (sockets) => {
    const { client, server } = await sockets.pair();
    const second = sockets.own(value(sockets.provider.duplicate(client)));
    sockets.close(client);
    refused(sockets.provider.recv(client, new Uint8Array(1), 0), 'WSAENOTSOCK');
    await sockets.sendAll(second, bytes('still here'));
    assert.equal((await sockets.recvExactly(server, 10)).toString('latin1'), 'still here');
    assert.equal(answer(sockets.provider.recv(server, new Uint8Array(1), 0)), 'WSAEWOULDBLOCK');
    sockets.close(second);
    assert.equal((await sockets.recv(server)).length, 0);
  });

  suite.case('duplicate: only the abort of the last handle resets', async (sockets) => {
    const { client, server } = await sockets.pair();
    const second = sockets.own(value(sockets.provider.duplicate(client)));
    sockets.abort(client);
    await sockets.sendAll(second, bytes('x'));
    assert.equal((await sockets.recvExactly(server, 1)).toString('latin1'), 'x');
    sockets.abort(second);
    await sockets.ready(server, { read: true });
    refused(sockets.provider.recv(server, new Uint8Array(1), 0), 'WSAECONNRESET');
  });

  suite.case('duplicate: after an abort of one, closing the last ends without a reset', async (sockets) => {
    const { client, server } = await sockets.pair();
    const second = sockets.own(value(sockets.provider.duplicate(client)));
    sockets.abort(client);
    await sockets.sendAll(second, bytes('last words'));
    sockets.close(second);
    assert.equal((await sockets.recvExactly(server, 10)).toString('latin1'), 'last words');
    await sockets.ready(server, { read: true });
    const end = value(sockets.provider.recv(server, new Uint8Array(1), 0));
    assert.deepEqual([end.bytes, end.eof], [0, true]);
  });

  suite.case('duplicate: options and shutdowns apply to the socket', async (sockets) => {
    const { client, server } = await sockets.pair();
    const second = sockets.own(value(sockets.provider.duplicate(client)));
    const linger = { onoff: true, linger: 7 };
    value(sockets.provider.setSockOpt(client, 'SO_LINGER', linger));
    assert.deepEqual(value(sockets.provider.getSockOpt(second, 'SO_LINGER')), linger);
    value(sockets.provider.shutdown(second, 'SD_SEND'));
    refused(sockets.provider.send(client, bytes('x'), 0), 'WSAESHUTDOWN');
    assert.equal((await sockets.recv(server)).length, 0);
    value(sockets.provider.shutdown(client, 'SD_RECEIVE'));
    refused(sockets.provider.recv(second, new Uint8Array(1), 0), 'WSAESHUTDOWN');
    const third = sockets.own(value(sockets.provider.duplicate(second)));
    refused(sockets.provider.recv(third, new Uint8Array(1), 0), 'WSAESHUTDOWN');
  });

  suite.case('duplicate: closing one keeps the options of the other', async (sockets) => {
    const { client } = await sockets.pair();
    const second = sockets.own(value(sockets.provider.duplicate(client)));
    const linger = { onoff: true, linger: 7 };
    value(sockets.provider.setSockOpt(client, 'SO_LINGER', linger));
    sockets.close(client);
    assert.deepEqual(value(sockets.provider.getSockOpt(second, 'SO_LINGER')), linger);
  });

  suite.case('duplicate: closing one with SO_LINGER {1, 0} resets nothing', async (sockets) => {
    const { client, server } = await sockets.pair();
    const second = sockets.own(value(sockets.provider.duplicate(client)));
    value(sockets.provider.setSockOpt(client, 'SO_LINGER', { onoff: true, linger: 0 }));
    sockets.close(client);
    await sockets.sendAll(second, bytes('still here'));
    assert.equal((await sockets.recvExactly(server, 10)).toString('latin1'), 'still here');
    await sockets.sendAll(server, bytes('and here'));
    assert.equal((await sockets.recvExactly(second, 8)).toString('latin1'), 'and here');
  });

  suite.case('duplicate: watches belong to the handle', async (sockets) => {
    const { client, server } = await sockets.pair();
    const second = sockets.own(value(sockets.provider.duplicate(client)));
    let woken = 0;
    sockets.watch(second, { read: true }, () => {
      woken++;
    });
    const first = sockets.watch(client, { read: true }, () => assert.fail('was stopped'));
    assert.throws(() => sockets.provider.close(client), Error);
    first.stop();
    sockets.close(client);
    await sockets.sendAll(server, bytes('x'));
    await sockets.until('the other handle wakes', () => woken === 1);
  });

  suite.case('duplicate: a listener accepts on either handle', async (sockets) => {
    const { handle, address } = sockets.listener();
    const second = sockets.own(value(sockets.provider.duplicate(handle)));
    sockets.close(handle);
    sockets.begin(sockets.stream(), address);
    await sockets.accept(second);
  });

  suite.case('duplicate: either handle reports a failed connect', async (sockets) => {
    const client = sockets.stream();
    const second = sockets.own(value(sockets.provider.duplicate(client)));
    sockets.begin(client, sockets.deadAddress());
    await sockets.ready(second, { write: true });
    refused(sockets.provider.finishConnect(second), 'WSAECONNREFUSED');
    assert.notEqual(value(sockets.provider.getSockOpt(client, 'SO_ERROR')), 0);
  });

  suite.case('duplicate: either handle receives datagrams', async (sockets) => {
    const [a, b] = [sockets.datagram(), sockets.datagram()];
    const to = sockets.bind(b);
    const second = sockets.own(value(sockets.provider.duplicate(b)));
    sockets.close(b);
    value(sockets.provider.sendTo(a, bytes('x'), 0, to));
    const got = await sockets.once(second, { read: true }, () =>
      sockets.provider.recvFrom(second, new Uint8Array(9), 0),
    );
    assert.equal(got.bytes, 1);
  });
};
