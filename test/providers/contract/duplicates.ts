import assert from 'node:assert/strict';
import { answer, bytes, refused, value } from './rig.js';
import type { Suite } from './suite.js';

/** The rules of duplicate: two handles, one socket. */
export const duplicates = (suite: Suite): void => {
  suite.case('duplicate: both handles name the same connection', async (rig) => {
    const { client, server } = await rig.pair();
    const second = rig.own(value(rig.provider.duplicate(client)));
    assert.notEqual(second, client);
    assert.deepEqual(rig.provider.getSockName(second), rig.provider.getSockName(client));
    assert.deepEqual(rig.provider.getPeerName(second), rig.provider.getPeerName(client));
    await rig.sendAll(client, bytes('one '));
    await rig.sendAll(second, bytes('two'));
    assert.equal((await rig.recvExactly(server, 7)).toString('latin1'), 'one two');
    await rig.sendAll(server, bytes('ab'));
    assert.equal((await rig.recvExactly(client, 1)).toString('latin1'), 'a');
    assert.equal((await rig.recvExactly(second, 1)).toString('latin1'), 'b');
  });

  suite.case('duplicate: the connection ends when both are closed', async (rig) => {
    const { client, server } = await rig.pair();
    const second = rig.own(value(rig.provider.duplicate(client)));
    rig.close(client);
    refused(rig.provider.recv(client, new Uint8Array(1), 0), 'WSAENOTSOCK');
    await rig.sendAll(second, bytes('still here'));
    assert.equal((await rig.recvExactly(server, 10)).toString('latin1'), 'still here');
    assert.equal(answer(rig.provider.recv(server, new Uint8Array(1), 0)), 'WSAEWOULDBLOCK');
    rig.close(second);
    assert.equal((await rig.recv(server)).length, 0);
  });

  suite.case('duplicate: only the abort of the last handle resets', async (rig) => {
    const { client, server } = await rig.pair();
    const second = rig.own(value(rig.provider.duplicate(client)));
    rig.abort(client);
    await rig.sendAll(second, bytes('x'));
    assert.equal((await rig.recvExactly(server, 1)).toString('latin1'), 'x');
    rig.abort(second);
    await rig.ready(server, { read: true });
    refused(rig.provider.recv(server, new Uint8Array(1), 0), 'WSAECONNRESET');
  });

  suite.case('duplicate: after an abort of one, closing the last ends without a reset', async (rig) => {
    const { client, server } = await rig.pair();
    const second = rig.own(value(rig.provider.duplicate(client)));
    rig.abort(client);
    await rig.sendAll(second, bytes('last words'));
    rig.close(second);
    assert.equal((await rig.recvExactly(server, 10)).toString('latin1'), 'last words');
    await rig.ready(server, { read: true });
    const end = value(rig.provider.recv(server, new Uint8Array(1), 0));
    assert.deepEqual([end.bytes, end.eof], [0, true]);
  });

  suite.case('duplicate: options and shutdowns apply to the socket', async (rig) => {
    const { client, server } = await rig.pair();
    const second = rig.own(value(rig.provider.duplicate(client)));
    const linger = { onoff: true, linger: 7 };
    value(rig.provider.setSockOpt(client, 'SO_LINGER', linger));
    assert.deepEqual(value(rig.provider.getSockOpt(second, 'SO_LINGER')), linger);
    value(rig.provider.shutdown(second, 'SD_SEND'));
    refused(rig.provider.send(client, bytes('x'), 0), 'WSAESHUTDOWN');
    assert.equal((await rig.recv(server)).length, 0);
    value(rig.provider.shutdown(client, 'SD_RECEIVE'));
    refused(rig.provider.recv(second, new Uint8Array(1), 0), 'WSAESHUTDOWN');
    const third = rig.own(value(rig.provider.duplicate(second)));
    refused(rig.provider.recv(third, new Uint8Array(1), 0), 'WSAESHUTDOWN');
  });

  suite.case('duplicate: closing one keeps the options of the other', async (rig) => {
    const { client } = await rig.pair();
    const second = rig.own(value(rig.provider.duplicate(client)));
    const linger = { onoff: true, linger: 7 };
    value(rig.provider.setSockOpt(client, 'SO_LINGER', linger));
    rig.close(client);
    assert.deepEqual(value(rig.provider.getSockOpt(second, 'SO_LINGER')), linger);
  });

  suite.case('duplicate: closing one with SO_LINGER {1, 0} resets nothing', async (rig) => {
    const { client, server } = await rig.pair();
    const second = rig.own(value(rig.provider.duplicate(client)));
    value(rig.provider.setSockOpt(client, 'SO_LINGER', { onoff: true, linger: 0 }));
    rig.close(client);
    await rig.sendAll(second, bytes('still here'));
    assert.equal((await rig.recvExactly(server, 10)).toString('latin1'), 'still here');
    await rig.sendAll(server, bytes('and here'));
    assert.equal((await rig.recvExactly(second, 8)).toString('latin1'), 'and here');
  });

  suite.case('duplicate: watches belong to the handle', async (rig) => {
    const { client, server } = await rig.pair();
    const second = rig.own(value(rig.provider.duplicate(client)));
    let woken = 0;
    rig.watch(second, { read: true }, () => {
      woken++;
    });
    const first = rig.watch(client, { read: true }, () => assert.fail('was stopped'));
    assert.throws(() => rig.provider.close(client), Error);
    first.stop();
    rig.close(client);
    await rig.sendAll(server, bytes('x'));
    await rig.until('the other handle wakes', () => woken === 1);
  });

  suite.case('duplicate: a listener accepts on either handle', async (rig) => {
    const { handle, address } = rig.listener();
    const second = rig.own(value(rig.provider.duplicate(handle)));
    rig.close(handle);
    rig.begin(rig.stream(), address);
    await rig.accept(second);
  });

  suite.case('duplicate: either handle reports a failed connect', async (rig) => {
    const client = rig.stream();
    const second = rig.own(value(rig.provider.duplicate(client)));
    rig.begin(client, rig.deadAddress());
    await rig.ready(second, { write: true });
    refused(rig.provider.finishConnect(second), 'WSAECONNREFUSED');
    assert.notEqual(value(rig.provider.getSockOpt(client, 'SO_ERROR')), 0);
  });

  suite.case('duplicate: either handle receives datagrams', async (rig) => {
    const [a, b] = [rig.datagram(), rig.datagram()];
    const to = rig.bind(b);
    const second = rig.own(value(rig.provider.duplicate(b)));
    rig.close(b);
    value(rig.provider.sendTo(a, bytes('x'), 0, to));
    const got = await rig.once(second, { read: true }, () =>
      rig.provider.recvFrom(second, new Uint8Array(9), 0),
    );
    assert.equal(got.bytes, 1);
  });
};
