import assert from 'node:assert/strict';
import { RECV_FLAGS, SEND_FLAGS } from '../../../src/winsock/constants.js';
import { offers } from '../../../src/winsock/protocol-info.js';
import { bytes, type CaseSockets, defaultEntry, refused, turn, value } from './case-sockets.js';
import type { Suite } from './suite.js';

/** Urgent data: MSG_OOB, SIOCATMARK, SO_OOBINLINE, and a watch for `urgent`. */

const { MSG_OOB, MSG_PEEK } = RECV_FLAGS;

const sendUrgent = (sockets: CaseSockets, from: Parameters<CaseSockets['close']>[0], text: string): void => {
  assert.equal(value(sockets.provider.send(from, bytes(text), SEND_FLAGS.MSG_OOB)), text.length);
};

export const urgent = (suite: Suite): void => {
  const entry = defaultEntry(suite.entries, 'SOCK_STREAM');

  suite.case('urgent: datagrams have no urgent data', (sockets) => {
    const handle = sockets.datagram();
    const to = sockets.bind(handle);
    refused(sockets.provider.sendTo(handle, bytes('x'), SEND_FLAGS.MSG_OOB, to), 'WSAEOPNOTSUPP');
    refused(sockets.provider.recv(handle, new Uint8Array(1), MSG_OOB), 'WSAEOPNOTSUPP');
    refused(sockets.provider.atMark(handle), 'WSAEINVAL');
  });

  if (!entry || !offers(entry, 'XP1_EXPEDITED_DATA')) {
    suite.case(
      'urgent: without XP1_EXPEDITED_DATA MSG_OOB is WSAEOPNOTSUPP, and SIOCATMARK is true',
      async (sockets) => {
        const { client, server } = await sockets.pair();
        refused(sockets.provider.send(client, bytes('x'), SEND_FLAGS.MSG_OOB), 'WSAEOPNOTSUPP');
        refused(sockets.provider.recv(server, new Uint8Array(1), MSG_OOB), 'WSAEOPNOTSUPP');
        assert.equal(value(sockets.provider.atMark(server)), true);
        refused(sockets.provider.getSockOpt(server, 'SO_OOBINLINE'), 'WSAENOPROTOOPT');
      },
    );
    return;
  }

  suite.case('urgent: the last byte of a send is out of line', async (sockets) => {
    const { client, server } = await sockets.pair();
    await sockets.sendAll(client, bytes('before'));
    sendUrgent(sockets, client, 'abc!');
    await sockets.sendAll(client, bytes('after'));
    await sockets.ready(server, { urgent: true });
    const into = new Uint8Array(10);
    assert.equal(value(sockets.provider.recv(server, into, MSG_OOB)).bytes, 1);
    assert.equal(into[0], '!'.charCodeAt(0));
    assert.equal(String(await sockets.recvExactly(server, 14)), 'beforeabcafter');
  });

  suite.case('urgent: MSG_PEEK leaves the urgent byte', async (sockets) => {
    const { client, server } = await sockets.pair();
    sendUrgent(sockets, client, '!');
    await sockets.ready(server, { urgent: true });
    for (const flags of [MSG_OOB | MSG_PEEK, MSG_OOB]) {
      const into = new Uint8Array(1);
      assert.equal(value(sockets.provider.recv(server, into, flags)).bytes, 1);
      assert.equal(into[0], '!'.charCodeAt(0));
    }
  });

  suite.case('urgent: receiving without an urgent byte is WSAEWOULDBLOCK', async (sockets) => {
    const { client, server } = await sockets.pair();
    refused(sockets.provider.recv(server, new Uint8Array(1), MSG_OOB), 'WSAEWOULDBLOCK');
    await sockets.sendAll(client, bytes('no hurry'));
    await sockets.ready(server, { read: true });
    refused(sockets.provider.recv(server, new Uint8Array(1), MSG_OOB), 'WSAEWOULDBLOCK');
  });

  suite.case('urgent: bytes of the stream do not wake a watch for urgent data', async (sockets) => {
    const { client, server } = await sockets.pair();
    let woken = 0;
    const watch = sockets.watch(server, { urgent: true }, () => woken++);
    await sockets.sendAll(client, bytes('no hurry'));
    await sockets.ready(server, { read: true });
    await turn();
    assert.equal(woken, 0);
    watch.stop();
    sendUrgent(sockets, client, '!');
    assert.deepEqual(await sockets.ready(server, { urgent: true }), { urgent: true });
  });

  suite.case('urgent: SIOCATMARK is false until the urgent byte is received', async (sockets) => {
    const { client, server } = await sockets.pair();
    assert.equal(value(sockets.provider.atMark(server)), true);
    sendUrgent(sockets, client, '!');
    await sockets.ready(server, { urgent: true });
    assert.equal(value(sockets.provider.atMark(server)), false);
    value(sockets.provider.recv(server, new Uint8Array(1), MSG_OOB));
    assert.equal(value(sockets.provider.atMark(server)), true);
  });

  // The following cases are those of test_fionread_siocatmark (Wine 10, dlls/ws2_32/tests/sock.c, 5556-5632)
  // and of lines 4593-4635.
  suite.case('urgent: SIOCATMARK is true without a connection', (sockets) => {
    const handle = sockets.stream();
    assert.equal(value(sockets.provider.atMark(handle)), true);
    assert.equal(value(sockets.provider.available(handle)), 0);
    sockets.bind(handle);
    assert.equal(value(sockets.provider.atMark(handle)), true);
    assert.equal(value(sockets.provider.available(handle)), 0);
  });

  suite.case(
    'urgent: SIOCATMARK is false while bytes of the stream precede the urgent byte',
    async (sockets) => {
      const { client, server } = await sockets.pair();
      await sockets.sendAll(client, bytes('data!'));
      await sockets.ready(server, { read: true });
      assert.equal(value(sockets.provider.atMark(server)), true);
      sendUrgent(sockets, client, 'a');
      await sockets.ready(server, { urgent: true });
      assert.equal(value(sockets.provider.available(server)), 5);
      assert.equal(value(sockets.provider.atMark(server)), false);
      assert.equal(String(await sockets.recvExactly(server, 3)), 'dat');
      assert.equal(value(sockets.provider.available(server)), 2);
      assert.equal(value(sockets.provider.atMark(server)), false);
    },
  );

  suite.case('urgent: each urgent byte stays pending until it is received', async (sockets) => {
    const { client, server } = await sockets.pair();
    const into = new Uint8Array(1);
    await sockets.sendAll(client, bytes('data!'));
    sendUrgent(sockets, client, 'a');
    sendUrgent(sockets, client, 'b');
    await sockets.ready(server, { urgent: true });
    for (const byte of 'ab') {
      assert.equal(value(sockets.provider.available(server)), 5);
      assert.equal(value(sockets.provider.atMark(server)), false);
      await sockets.once(server, { urgent: true }, () => sockets.provider.recv(server, into, MSG_OOB));
      assert.equal(String.fromCharCode(into[0] ?? 0), byte);
    }
    assert.equal(value(sockets.provider.atMark(server)), true);
    assert.equal(String(await sockets.recvExactly(server, 5)), 'data!');
  });

  suite.case('urgent: with SO_OOBINLINE SIOCATMARK is true', async (sockets) => {
    const { client, server } = await sockets.pair();
    value(sockets.provider.setSockOpt(server, 'SO_OOBINLINE', true));
    assert.equal(value(sockets.provider.atMark(server)), true);
    sendUrgent(sockets, client, 'a');
    await sockets.ready(server, { read: true });
    assert.equal(value(sockets.provider.available(server)), 1);
    assert.equal(value(sockets.provider.atMark(server)), true);
    value(sockets.provider.setSockOpt(server, 'SO_OOBINLINE', true));
    assert.equal(value(sockets.provider.atMark(server)), true);
  });

  suite.case(
    'urgent: for a byte from before SO_OOBINLINE SIOCATMARK is false until it is received',
    async (sockets) => {
      const { client, server } = await sockets.pair();
      sendUrgent(sockets, client, 'a');
      await sockets.ready(server, { urgent: true });
      value(sockets.provider.setSockOpt(server, 'SO_OOBINLINE', true));
      assert.equal(value(sockets.provider.available(server)), 1);
      assert.equal(value(sockets.provider.atMark(server)), false);
      assert.equal(String(await sockets.recvExactly(server, 1)), 'a');
      assert.equal(value(sockets.provider.available(server)), 0);
      sendUrgent(sockets, client, 'b');
      await sockets.ready(server, { read: true });
      assert.equal(value(sockets.provider.available(server)), 1);
      assert.equal(value(sockets.provider.atMark(server)), true);
    },
  );

  suite.case('urgent: SO_OOBINLINE does not repeat an urgent byte that was received', async (sockets) => {
    const { client, server } = await sockets.pair();
    sendUrgent(sockets, client, 'a');
    await sockets.ready(server, { urgent: true });
    value(sockets.provider.recv(server, new Uint8Array(1), MSG_OOB));
    value(sockets.provider.setSockOpt(server, 'SO_OOBINLINE', true));
    refused(sockets.provider.recv(server, new Uint8Array(1), 0), 'WSAEWOULDBLOCK');
    sendUrgent(sockets, client, 'b');
    assert.equal(String(await sockets.recvExactly(server, 1)), 'b');
    refused(sockets.provider.recv(server, new Uint8Array(1), 0), 'WSAEWOULDBLOCK');
  });

  suite.case('urgent: with SO_OOBINLINE the urgent byte is part of the stream', async (sockets) => {
    const { client, server } = await sockets.pair();
    value(sockets.provider.setSockOpt(server, 'SO_OOBINLINE', true));
    await sockets.sendAll(client, bytes('be'));
    sendUrgent(sockets, client, 'f!');
    await sockets.sendAll(client, bytes('ore'));
    refused(sockets.provider.recv(server, new Uint8Array(1), MSG_OOB), 'WSAEINVAL');
    assert.equal(String(await sockets.recvExactly(server, 7)), 'bef!ore');
  });

  suite.case('urgent: a reset wakes a watch for urgent data, and fails its receive', async (sockets) => {
    const { client, server } = await sockets.pair();
    const woken = sockets.ready(server, { urgent: true });
    sockets.abort(client);
    await woken;
    refused(sockets.provider.recv(server, new Uint8Array(1), MSG_OOB), 'WSAECONNRESET');
    refused(sockets.provider.recv(server, new Uint8Array(1), 0), 'WSAECONNRESET');
  });
};
