import assert from 'node:assert/strict';
import { existsSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Handle } from '../../../src/providers/provider.js';
import type { SocketAddress, UnixAddress } from '../../../src/winsock/addresses.js';
import { ADDRESS_FAMILIES, POLL_EVENTS, RECV_FLAGS, SEND_FLAGS } from '../../../src/winsock/constants.js';
import type { OptionName } from '../../../src/winsock/options.js';
import { offers } from '../../../src/winsock/protocol-info.js';
import { answer, bytes, type CaseSockets, loopback, refused, value } from './case-sockets.js';
import type { Suite } from './suite.js';

const NO_NAME: UnixAddress = { family: 'AF_UNIX', path: '' };
const LARGE = 4 * 1024 * 1024;

const at = (path: string): UnixAddress => ({ family: 'AF_UNIX', path });

/** A socket path in a new folder of the case. */
const place = (sockets: CaseSockets): UnixAddress => at(join(sockets.folder(), 's'));

const listenerAt = (sockets: CaseSockets, address: UnixAddress, backlog = 5): Handle => {
  const listener = sockets.unix();
  value(sockets.provider.bind(listener, address));
  value(sockets.provider.listen(listener, backlog));
  return listener;
};

const pair = async (sockets: CaseSockets) => {
  const address = place(sockets);
  const listener = listenerAt(sockets, address);
  const client = sockets.unix();
  sockets.begin(client, address);
  const accepted = await sockets.accept(listener);
  value(await sockets.ended(client));
  return { address, listener, client, server: accepted.handle, remote: accepted.remote };
};

const NOT_OF_UNIX: readonly OptionName[] = [
  'TCP_NODELAY',
  'TCP_KEEPIDLE',
  'TCP_MAXRT',
  'IP_TTL',
  'IP_TOS',
  'IPV6_UNICAST_HOPS',
  'IPV6_V6ONLY',
  'SO_KEEPALIVE',
  'SO_OOBINLINE',
  'SO_BROADCAST',
];

/** AF_UNIX as in afunix.h: streams between paths of one machine. */
export const unix = (suite: Suite): void => {
  // A network in memory has no file system: its socket would be WSAEAFNOSUPPORT, as the scenarios show.
  if (suite.entries.some(({ provider }) => provider === 'lab')) return;

  suite.case('unix: one entry, of streams without urgent data, with protocol zero', () => {
    const own = suite.entries.filter(({ addressFamily }) => addressFamily === ADDRESS_FAMILIES.AF_UNIX);
    assert.deepEqual(
      own.map(({ socketType, protocol, maxSockAddr }) => [socketType, protocol, maxSockAddr]),
      [[1, 0, 110]],
    );
    const [entry] = own;
    assert.ok(entry && offers(entry, 'XP1_GRACEFUL_CLOSE') && !offers(entry, 'XP1_EXPEDITED_DATA'));
  });

  suite.case(
    'unix: bytes go both ways; the listener has its path as name, the client none',
    async (sockets) => {
      const { address, client, server, remote } = await pair(sockets);
      const { provider } = sockets;
      await sockets.sendAll(client, bytes('ping'));
      assert.equal((await sockets.recvExactly(server, 4)).toString('latin1'), 'ping');
      await sockets.sendAll(server, bytes('pong'));
      assert.equal((await sockets.recvExactly(client, 4)).toString('latin1'), 'pong');
      assert.deepEqual(remote, NO_NAME);
      const names = [
        provider.getSockName(client),
        provider.getPeerName(client),
        provider.getSockName(server),
        provider.getPeerName(server),
      ];
      assert.deepEqual(names.map(value), [NO_NAME, address, address, NO_NAME] satisfies SocketAddress[]);
    },
  );

  suite.case('unix: a client that is bound shows its path', async (sockets) => {
    const address = place(sockets);
    const listener = listenerAt(sockets, address);
    const own = at(`${address.path}-client`);
    const client = sockets.unix();
    value(sockets.provider.bind(client, own));
    sockets.begin(client, address);
    assert.deepEqual((await sockets.accept(listener)).remote, own);
    assert.deepEqual(value(sockets.provider.getSockName(client)), own);
  });

  suite.case('unix: a path of 107 bytes, and of letters beyond ASCII', async (sockets) => {
    const folder = sockets.folder();
    for (const path of [join(folder, 'ä漢🙂'), join(folder, 'x'.repeat(106 - Buffer.byteLength(folder)))]) {
      const listener = listenerAt(sockets, at(path));
      assert.deepEqual(value(sockets.provider.getSockName(listener)), at(path));
      const client = sockets.unix();
      sockets.begin(client, at(path));
      value(await sockets.ended(client));
    }
  });

  suite.case('unix: an existing file is WSAEADDRINUSE, even after the socket was closed', (sockets) => {
    const address = place(sockets);
    const first = listenerAt(sockets, address);
    refused(sockets.provider.bind(sockets.unix(), address), 'WSAEADDRINUSE');
    sockets.close(first);
    assert.ok(existsSync(address.path), 'close leaves the file');
    const sharer = sockets.unix();
    value(sockets.provider.setSockOpt(sharer, 'SO_REUSEADDR', true));
    refused(sockets.provider.bind(sharer, address), 'WSAEADDRINUSE');
    unlinkSync(address.path);
    value(sockets.provider.bind(sharer, address));
  });

  suite.case('unix: bind fails in a missing folder', (sockets) => {
    const { path } = place(sockets);
    const socket = sockets.unix();
    refused(sockets.provider.bind(socket, at(join(path, 'deeper'))), 'WSAENETDOWN');
    value(sockets.provider.bind(socket, at(path)));
  });

  suite.case('unix: without a listener connect is WSAECONNREFUSED, and can be repeated', async (sockets) => {
    const { path } = place(sockets);
    const socket = sockets.unix();
    refused(sockets.provider.connect(socket, at(path)), 'WSAECONNREFUSED');
    refused(sockets.provider.connect(socket, at(join(path, 'deeper'))), 'WSAECONNREFUSED');
    writeFileSync(path, 'no socket');
    refused(sockets.provider.connect(socket, at(path)), 'WSAECONNREFUSED');
    refused(sockets.provider.connect(socket, at(join(path, 'deeper'))), 'WSAECONNREFUSED');
    unlinkSync(path);
    const bound = sockets.unix();
    value(sockets.provider.bind(bound, at(path)));
    refused(sockets.provider.connect(socket, at(path)), 'WSAECONNREFUSED');
    value(sockets.provider.listen(bound, 5));
    sockets.begin(socket, at(path));
    value(await sockets.ended(socket));
  });

  suite.case('unix: a full backlog refuses the next connection', async (sockets) => {
    const address = place(sockets);
    const listener = listenerAt(sockets, address, 1);
    const answers: string[] = [];
    for (let i = 0; i < 5; i++) {
      const client = sockets.unix();
      const begun = sockets.provider.connect(client, address);
      answers.push(answer(answer(begun) === 'WSAEWOULDBLOCK' ? await sockets.ended(client) : begun));
    }
    assert.deepEqual([...new Set(answers)], ['ok', 'WSAECONNREFUSED']);
    assert.equal(answers.at(-1), 'WSAECONNREFUSED');
    await sockets.accept(listener);
    const client = sockets.unix();
    sockets.begin(client, address);
    value(await sockets.ended(client));
  });

  suite.case('unix: an address of another family is WSAEFAULT', (sockets) => {
    const address = place(sockets);
    refused(sockets.provider.bind(sockets.unix(), loopback()), 'WSAEFAULT');
    refused(sockets.provider.connect(sockets.unix(), loopback('AF_INET', 9)), 'WSAEFAULT');
    refused(sockets.provider.bind(sockets.stream(), address), 'WSAEFAULT');
    refused(sockets.provider.connect(sockets.stream(), address), 'WSAEFAULT');
    refused(sockets.provider.connect(sockets.datagram(), address), 'WSAEFAULT');
    refused(sockets.provider.sendTo(sockets.datagram(), bytes('x'), 0, address), 'WSAEFAULT');
  });

  suite.case('unix: calls in a wrong state fail with their codes', async (sockets) => {
    const { provider } = sockets;
    const { address, listener, client } = await pair(sockets);
    const fresh = sockets.unix();
    refused(provider.listen(fresh, 5), 'WSAEINVAL');
    refused(provider.accept(fresh), 'WSAEINVAL');
    refused(provider.getSockName(fresh), 'WSAEINVAL');
    refused(provider.getPeerName(fresh), 'WSAENOTCONN');
    refused(provider.send(fresh, bytes('x'), 0), 'WSAENOTCONN');
    refused(provider.shutdown(fresh, 'SD_SEND'), 'WSAENOTCONN');
    refused(provider.bind(listener, at(`${address.path}-2`)), 'WSAEINVAL');
    refused(provider.bind(client, at(`${address.path}-2`)), 'WSAEINVAL');
    refused(provider.connect(listener, address), 'WSAEINVAL');
    refused(provider.connect(client, address), 'WSAEISCONN');
    refused(provider.listen(client, 5), 'WSAEISCONN');
  });

  suite.case('unix: ending one direction keeps the other', async (sockets) => {
    const { client, server } = await pair(sockets);
    await sockets.sendAll(client, bytes('all'));
    value(sockets.provider.sendDisconnect(client));
    refused(sockets.provider.send(client, bytes('x'), 0), 'WSAESHUTDOWN');
    assert.equal((await sockets.recvAll(server)).toString('latin1'), 'all');
    await sockets.sendAll(server, bytes('answer'));
    value(sockets.provider.shutdown(server, 'SD_BOTH'));
    assert.equal((await sockets.recvAll(client)).toString('latin1'), 'answer');
    assert.equal(value(sockets.provider.recvDisconnect(client)), undefined);
    refused(sockets.provider.recv(client, new Uint8Array(1), 0), 'WSAESHUTDOWN');
  });

  suite.case('unix: megabytes arrive completely, even after the close', async (sockets) => {
    const { client, server } = await pair(sockets);
    const sent = Buffer.alloc(LARGE, 'winsock ');
    const received = sockets.recvAll(server);
    await sockets.sendAll(client, sent);
    assert.equal(value(sockets.provider.unsent(client)), 0, 'nothing is left on this side');
    sockets.close(client);
    assert.ok((await received).equals(sent));
  });

  suite.case('unix: a full socket is WSAEWOULDBLOCK until the peer reads', async (sockets) => {
    const { client, server } = await pair(sockets);
    const took = sockets.fill(client, server);
    refused(sockets.provider.send(client, bytes('x'), 0), 'WSAEWOULDBLOCK');
    const writable = sockets.ready(client, { write: true });
    await sockets.recvExactly(server, took);
    await writable;
  });

  suite.case('unix: a close with unread bytes resets the peer', async (sockets) => {
    const { client, server } = await pair(sockets);
    await sockets.sendAll(client, bytes('unread'));
    await sockets.ready(server, { read: true });
    sockets.close(server);
    await sockets.ready(client, { hangup: true });
    for (let i = 0; i < 2; i++) refused(sockets.provider.recv(client, new Uint8Array(1), 0), 'WSAECONNRESET');
    refused(sockets.provider.send(client, bytes('x'), 0), 'WSAECONNRESET');
  });

  suite.case('unix: closing a listener resets connections that are not accepted', async (sockets) => {
    const address = place(sockets);
    const listener = listenerAt(sockets, address);
    const client = sockets.unix();
    sockets.begin(client, address);
    value(await sockets.ended(client));
    sockets.close(listener);
    await sockets.ready(client, { read: true });
    refused(sockets.provider.recv(client, new Uint8Array(1), 0), 'WSAECONNRESET');
  });

  suite.case(
    'unix: options of TCP and IP are WSAENOPROTOOPT, those of every stream work',
    async (sockets) => {
      const { client } = await pair(sockets);
      for (const option of NOT_OF_UNIX) {
        refused(sockets.provider.getSockOpt(client, option), 'WSAENOPROTOOPT');
      }
      refused(sockets.provider.setSockOpt(client, 'TCP_NODELAY', true), 'WSAENOPROTOOPT');
      const keepAlive = { onoff: true, keepalivetime: 1000, keepaliveinterval: 1000 };
      refused(sockets.provider.setKeepAlive(client, keepAlive), 'WSAENOPROTOOPT');
      const linger = { onoff: true, linger: 3 };
      value(sockets.provider.setSockOpt(client, 'SO_LINGER', linger));
      assert.deepEqual(value(sockets.provider.getSockOpt(client, 'SO_LINGER')), linger);
      value(sockets.provider.setSockOpt(client, 'SO_SNDBUF', 65_536));
      assert.equal(value(sockets.provider.getSockOpt(client, 'SO_SNDBUF')), 65_536);
      assert.equal(value(sockets.provider.getSockOpt(client, 'SO_TYPE')), 1);
      assert.equal(value(sockets.provider.getSockOpt(client, 'SO_ERROR')), 0);
    },
  );

  suite.case('unix: there is no urgent data', async (sockets) => {
    const { client, server } = await pair(sockets);
    refused(sockets.provider.send(client, bytes('!'), SEND_FLAGS.MSG_OOB), 'WSAEOPNOTSUPP');
    refused(sockets.provider.recv(server, new Uint8Array(1), RECV_FLAGS.MSG_OOB), 'WSAEOPNOTSUPP');
    assert.equal(value(sockets.provider.atMark(server)), true);
  });

  suite.case('unix: SIO_AF_UNIX_GETPEERPID returns the process at the other end', async (sockets) => {
    const { client, server, listener } = await pair(sockets);
    assert.equal(value(sockets.provider.peerProcessId(client)), process.pid);
    assert.equal(value(sockets.provider.peerProcessId(server)), process.pid);
    for (const s of [listener, sockets.unix()]) refused(sockets.provider.peerProcessId(s), 'WSAENOTCONN');
    const tcp = await sockets.pair();
    refused(sockets.provider.peerProcessId(tcp.client), 'WSAEOPNOTSUPP');
  });

  suite.case('unix: poll, FIONREAD and a peek report pending bytes', async (sockets) => {
    const { POLLRDNORM, POLLRDBAND, POLLWRNORM, POLLHUP } = POLL_EVENTS;
    const events = POLLRDNORM | POLLRDBAND | POLLWRNORM;
    const { client, server, listener } = await pair(sockets);
    const seen = (...handles: readonly Handle[]) =>
      value(sockets.provider.poll(handles.map((s) => ({ s, events }))));
    assert.deepEqual(seen(client, server, listener, sockets.unix()), [POLLWRNORM, POLLWRNORM, 0, 0]);
    await sockets.sendAll(client, bytes('four'));
    await sockets.ready(server, { read: true });
    assert.equal(value(sockets.provider.available(server)), 4);
    const peeked = value(sockets.provider.recv(server, new Uint8Array(9), RECV_FLAGS.MSG_PEEK));
    assert.equal(peeked.bytes, 4);
    sockets.close(client);
    await sockets.ready(server, { hangup: true });
    assert.deepEqual(seen(server), [POLLRDNORM | POLLWRNORM | POLLHUP]);
    await sockets.recvExactly(server, 4);
    assert.deepEqual(seen(server), [POLLWRNORM | POLLHUP]);
  });

  suite.case('unix: the end does not wake a watch for urgent data', async (sockets) => {
    const { client, server } = await pair(sockets);
    let woken = false;
    sockets.watch(server, { urgent: true }, () => {
      woken = true;
    });
    sockets.close(client);
    await sockets.ready(server, { hangup: true });
    assert.equal(woken, false);
  });

  suite.case('unix: a duplicate names the same connection', async (sockets) => {
    const { client, server } = await pair(sockets);
    const second = sockets.own(value(sockets.provider.duplicate(client)));
    sockets.close(client);
    await sockets.sendAll(second, bytes('still here'));
    assert.equal((await sockets.recvExactly(server, 10)).toString('latin1'), 'still here');
    sockets.close(second);
    assert.equal((await sockets.recv(server)).length, 0);
  });
};
