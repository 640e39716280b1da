import assert from 'node:assert/strict';
import { RECV_FLAGS, SEND_FLAGS } from '../../../src/winsock/constants.js';
import { offers } from '../../../src/winsock/protocol-info.js';
import { bytes, defaultEntry, type Rig, refused, turn, value } from './rig.js';
import type { Suite } from './suite.js';

/** Urgent data: MSG_OOB, SIOCATMARK, SO_OOBINLINE, and a watch for `urgent`. */

const { MSG_OOB, MSG_PEEK } = RECV_FLAGS;

const sendUrgent = (rig: Rig, from: Parameters<Rig['close']>[0], text: string): void => {
  assert.equal(value(rig.provider.send(from, bytes(text), SEND_FLAGS.MSG_OOB)), text.length);
};

export const urgent = (suite: Suite): void => {
  const entry = defaultEntry(suite.entries, 'SOCK_STREAM');

  suite.case('urgent: datagrams have no urgent data', (rig) => {
    const handle = rig.datagram();
    const to = rig.bind(handle);
    refused(rig.provider.sendTo(handle, bytes('x'), SEND_FLAGS.MSG_OOB, to), 'WSAEOPNOTSUPP');
    refused(rig.provider.recv(handle, new Uint8Array(1), MSG_OOB), 'WSAEOPNOTSUPP');
    refused(rig.provider.atMark(handle), 'WSAEINVAL');
  });

  if (!entry || !offers(entry, 'XP1_EXPEDITED_DATA')) {
    suite.case(
      'urgent: without XP1_EXPEDITED_DATA MSG_OOB is WSAEOPNOTSUPP, and SIOCATMARK is true',
      async (rig) => {
        const { client, server } = await rig.pair();
        refused(rig.provider.send(client, bytes('x'), SEND_FLAGS.MSG_OOB), 'WSAEOPNOTSUPP');
        refused(rig.provider.recv(server, new Uint8Array(1), MSG_OOB), 'WSAEOPNOTSUPP');
        assert.equal(value(rig.provider.atMark(server)), true);
        refused(rig.provider.getSockOpt(server, 'SO_OOBINLINE'), 'WSAENOPROTOOPT');
      },
    );
    return;
  }

  suite.case('urgent: the last byte of a send is out of line', async (rig) => {
    const { client, server } = await rig.pair();
    await rig.sendAll(client, bytes('before'));
    sendUrgent(rig, client, 'abc!');
    await rig.sendAll(client, bytes('after'));
    await rig.ready(server, { urgent: true });
    const into = new Uint8Array(10);
    assert.equal(value(rig.provider.recv(server, into, MSG_OOB)).bytes, 1);
    assert.equal(into[0], '!'.charCodeAt(0));
    assert.equal(String(await rig.recvExactly(server, 14)), 'beforeabcafter');
  });

  suite.case('urgent: MSG_PEEK leaves the urgent byte', async (rig) => {
    const { client, server } = await rig.pair();
    sendUrgent(rig, client, '!');
    await rig.ready(server, { urgent: true });
    for (const flags of [MSG_OOB | MSG_PEEK, MSG_OOB]) {
      const into = new Uint8Array(1);
      assert.equal(value(rig.provider.recv(server, into, flags)).bytes, 1);
      assert.equal(into[0], '!'.charCodeAt(0));
    }
  });

  suite.case('urgent: receiving without an urgent byte is WSAEWOULDBLOCK', async (rig) => {
    const { client, server } = await rig.pair();
    refused(rig.provider.recv(server, new Uint8Array(1), MSG_OOB), 'WSAEWOULDBLOCK');
    await rig.sendAll(client, bytes('no hurry'));
    await rig.ready(server, { read: true });
    refused(rig.provider.recv(server, new Uint8Array(1), MSG_OOB), 'WSAEWOULDBLOCK');
  });

  suite.case('urgent: bytes of the stream do not wake a watch for urgent data', async (rig) => {
    const { client, server } = await rig.pair();
    let woken = 0;
    const watch = rig.watch(server, { urgent: true }, () => woken++);
    await rig.sendAll(client, bytes('no hurry'));
    await rig.ready(server, { read: true });
    await turn();
    assert.equal(woken, 0);
    watch.stop();
    sendUrgent(rig, client, '!');
    assert.deepEqual(await rig.ready(server, { urgent: true }), { urgent: true });
  });

  suite.case('urgent: SIOCATMARK is false until the urgent byte is received', async (rig) => {
    const { client, server } = await rig.pair();
    assert.equal(value(rig.provider.atMark(server)), true);
    sendUrgent(rig, client, '!');
    await rig.ready(server, { urgent: true });
    assert.equal(value(rig.provider.atMark(server)), false);
    value(rig.provider.recv(server, new Uint8Array(1), MSG_OOB));
    assert.equal(value(rig.provider.atMark(server)), true);
  });

  // The following cases are those of test_fionread_siocatmark (Wine 10, dlls/ws2_32/tests/sock.c, 5556-5632)
  // and of lines 4593-4635.
  suite.case('urgent: SIOCATMARK is true without a connection', (rig) => {
    const handle = rig.stream();
    assert.equal(value(rig.provider.atMark(handle)), true);
    assert.equal(value(rig.provider.available(handle)), 0);
    rig.bind(handle);
    assert.equal(value(rig.provider.atMark(handle)), true);
    assert.equal(value(rig.provider.available(handle)), 0);
  });

  suite.case('urgent: SIOCATMARK is false while bytes of the stream precede the urgent byte', async (rig) => {
    const { client, server } = await rig.pair();
    await rig.sendAll(client, bytes('data!'));
    await rig.ready(server, { read: true });
    assert.equal(value(rig.provider.atMark(server)), true);
    sendUrgent(rig, client, 'a');
    await rig.ready(server, { urgent: true });
    assert.equal(value(rig.provider.available(server)), 5);
    assert.equal(value(rig.provider.atMark(server)), false);
    assert.equal(String(await rig.recvExactly(server, 3)), 'dat');
    assert.equal(value(rig.provider.available(server)), 2);
    assert.equal(value(rig.provider.atMark(server)), false);
  });

  suite.case('urgent: each urgent byte stays pending until it is received', async (rig) => {
    const { client, server } = await rig.pair();
    const into = new Uint8Array(1);
    await rig.sendAll(client, bytes('data!'));
    sendUrgent(rig, client, 'a');
    sendUrgent(rig, client, 'b');
    await rig.ready(server, { urgent: true });
    for (const byte of 'ab') {
      assert.equal(value(rig.provider.available(server)), 5);
      assert.equal(value(rig.provider.atMark(server)), false);
      await rig.once(server, { urgent: true }, () => rig.provider.recv(server, into, MSG_OOB));
      assert.equal(String.fromCharCode(into[0] ?? 0), byte);
    }
    assert.equal(value(rig.provider.atMark(server)), true);
    assert.equal(String(await rig.recvExactly(server, 5)), 'data!');
  });

  suite.case('urgent: with SO_OOBINLINE SIOCATMARK is true', async (rig) => {
    const { client, server } = await rig.pair();
    value(rig.provider.setSockOpt(server, 'SO_OOBINLINE', true));
    assert.equal(value(rig.provider.atMark(server)), true);
    sendUrgent(rig, client, 'a');
    await rig.ready(server, { read: true });
    assert.equal(value(rig.provider.available(server)), 1);
    assert.equal(value(rig.provider.atMark(server)), true);
    value(rig.provider.setSockOpt(server, 'SO_OOBINLINE', true));
    assert.equal(value(rig.provider.atMark(server)), true);
  });

  suite.case(
    'urgent: for a byte from before SO_OOBINLINE SIOCATMARK is false until it is received',
    async (rig) => {
      const { client, server } = await rig.pair();
      sendUrgent(rig, client, 'a');
      await rig.ready(server, { urgent: true });
      value(rig.provider.setSockOpt(server, 'SO_OOBINLINE', true));
      assert.equal(value(rig.provider.available(server)), 1);
      assert.equal(value(rig.provider.atMark(server)), false);
      assert.equal(String(await rig.recvExactly(server, 1)), 'a');
      assert.equal(value(rig.provider.available(server)), 0);
      sendUrgent(rig, client, 'b');
      await rig.ready(server, { read: true });
      assert.equal(value(rig.provider.available(server)), 1);
      assert.equal(value(rig.provider.atMark(server)), true);
    },
  );

  suite.case('urgent: SO_OOBINLINE does not repeat an urgent byte that was received', async (rig) => {
    const { client, server } = await rig.pair();
    sendUrgent(rig, client, 'a');
    await rig.ready(server, { urgent: true });
    value(rig.provider.recv(server, new Uint8Array(1), MSG_OOB));
    value(rig.provider.setSockOpt(server, 'SO_OOBINLINE', true));
    refused(rig.provider.recv(server, new Uint8Array(1), 0), 'WSAEWOULDBLOCK');
    sendUrgent(rig, client, 'b');
    assert.equal(String(await rig.recvExactly(server, 1)), 'b');
    refused(rig.provider.recv(server, new Uint8Array(1), 0), 'WSAEWOULDBLOCK');
  });

  suite.case('urgent: with SO_OOBINLINE the urgent byte is part of the stream', async (rig) => {
    const { client, server } = await rig.pair();
    value(rig.provider.setSockOpt(server, 'SO_OOBINLINE', true));
    await rig.sendAll(client, bytes('be'));
    sendUrgent(rig, client, 'f!');
    await rig.sendAll(client, bytes('ore'));
    refused(rig.provider.recv(server, new Uint8Array(1), MSG_OOB), 'WSAEINVAL');
    assert.equal(String(await rig.recvExactly(server, 7)), 'bef!ore');
  });

  suite.case('urgent: a reset wakes a watch for urgent data, and fails its receive', async (rig) => {
    const { client, server } = await rig.pair();
    const woken = rig.ready(server, { urgent: true });
    rig.abort(client);
    await woken;
    refused(rig.provider.recv(server, new Uint8Array(1), MSG_OOB), 'WSAECONNRESET');
    refused(rig.provider.recv(server, new Uint8Array(1), 0), 'WSAECONNRESET');
  });
};
