import assert from 'node:assert/strict';
import { existsSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Handle } from '../../../src/providers/provider.js';
import type { SocketAddress, UnixAddress } from '../../../src/winsock/addresses.js';
import { ADDRESS_FAMILIES, POLL_EVENTS, RECV_FLAGS, SEND_FLAGS } from '../../../src/winsock/constants.js';
import type { OptionName } from '../../../src/winsock/options.js';
import { offers } from '../../../src/winsock/protocol-info.js';
import { answer, bytes, loopback, type Rig, refused, value } from './rig.js';
import type { Suite } from './suite.js';

const NO_NAME: UnixAddress = { family: 'AF_UNIX', path: '' };
const LARGE = 4 * 1024 * 1024;

const at = (path: string): UnixAddress => ({ family: 'AF_UNIX', path });

/** A socket path in a new folder of the case. */
const place = (rig: Rig): UnixAddress => at(join(rig.folder(), 's'));

const listenerAt = (rig: Rig, address: UnixAddress, backlog = 5): Handle => {
  const listener = rig.unix();
  value(rig.provider.bind(listener, address));
  value(rig.provider.listen(listener, backlog));
  return listener;
};

const pair = async (rig: Rig) => {
  const address = place(rig);
  const listener = listenerAt(rig, address);
  const client = rig.unix();
  rig.begin(client, address);
  const accepted = await rig.accept(listener);
  value(await rig.ended(client));
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

  suite.case('unix: bytes go both ways; the listener has its path as name, the client none', async (rig) => {
    const { address, client, server, remote } = await pair(rig);
    const { provider } = rig;
    await rig.sendAll(client, bytes('ping'));
    assert.equal((await rig.recvExactly(server, 4)).toString('latin1'), 'ping');
    await rig.sendAll(server, bytes('pong'));
    assert.equal((await rig.recvExactly(client, 4)).toString('latin1'), 'pong');
    assert.deepEqual(remote, NO_NAME);
    const names = [
      provider.getSockName(client),
      provider.getPeerName(client),
      provider.getSockName(server),
      provider.getPeerName(server),
    ];
    assert.deepEqual(names.map(value), [NO_NAME, address, address, NO_NAME] satisfies SocketAddress[]);
  });

  suite.case('unix: a client that is bound shows its path', async (rig) => {
    const address = place(rig);
    const listener = listenerAt(rig, address);
    const own = at(`${address.path}-client`);
    const client = rig.unix();
    value(rig.provider.bind(client, own));
    rig.begin(client, address);
    assert.deepEqual((await rig.accept(listener)).remote, own);
    assert.deepEqual(value(rig.provider.getSockName(client)), own);
  });

  suite.case('unix: a path of 107 bytes, and of letters beyond ASCII', async (rig) => {
    const folder = rig.folder();
    for (const path of [join(folder, 'ä漢🙂'), join(folder, 'x'.repeat(106 - Buffer.byteLength(folder)))]) {
      const listener = listenerAt(rig, at(path));
      assert.deepEqual(value(rig.provider.getSockName(listener)), at(path));
      const client = rig.unix();
      rig.begin(client, at(path));
      value(await rig.ended(client));
    }
  });

  suite.case('unix: an existing file is WSAEADDRINUSE, even after the socket was closed', (rig) => {
    const address = place(rig);
    const first = listenerAt(rig, address);
    refused(rig.provider.bind(rig.unix(), address), 'WSAEADDRINUSE');
    rig.close(first);
    assert.ok(existsSync(address.path), 'close leaves the file');
    const sharer = rig.unix();
    value(rig.provider.setSockOpt(sharer, 'SO_REUSEADDR', true));
    refused(rig.provider.bind(sharer, address), 'WSAEADDRINUSE');
    unlinkSync(address.path);
    value(rig.provider.bind(sharer, address));
  });

  suite.case('unix: bind fails in a missing folder', (rig) => {
    const { path } = place(rig);
    const socket = rig.unix();
    refused(rig.provider.bind(socket, at(join(path, 'deeper'))), 'WSAENETDOWN');
    value(rig.provider.bind(socket, at(path)));
  });

  suite.case('unix: without a listener connect is WSAECONNREFUSED, and can be repeated', async (rig) => {
    const { path } = place(rig);
    const socket = rig.unix();
    refused(rig.provider.connect(socket, at(path)), 'WSAECONNREFUSED');
    refused(rig.provider.connect(socket, at(join(path, 'deeper'))), 'WSAECONNREFUSED');
    writeFileSync(path, 'no socket');
    refused(rig.provider.connect(socket, at(path)), 'WSAECONNREFUSED');
    refused(rig.provider.connect(socket, at(join(path, 'deeper'))), 'WSAECONNREFUSED');
    unlinkSync(path);
    const bound = rig.unix();
    value(rig.provider.bind(bound, at(path)));
    refused(rig.provider.connect(socket, at(path)), 'WSAECONNREFUSED');
    value(rig.provider.listen(bound, 5));
    rig.begin(socket, at(path));
    value(await rig.ended(socket));
  });

  suite.case('unix: a full backlog refuses the next connection', async (rig) => {
    const address = place(rig);
    const listener = listenerAt(rig, address, 1);
    const answers: string[] = [];
    for (let i = 0; i < 5; i++) {
      const client = rig.unix();
      const begun = rig.provider.connect(client, address);
      answers.push(answer(answer(begun) === 'WSAEWOULDBLOCK' ? await rig.ended(client) : begun));
    }
    assert.deepEqual([...new Set(answers)], ['ok', 'WSAECONNREFUSED']);
    assert.equal(answers.at(-1), 'WSAECONNREFUSED');
    await rig.accept(listener);
    const client = rig.unix();
    rig.begin(client, address);
    value(await rig.ended(client));
  });

  suite.case('unix: an address of another family is WSAEFAULT', (rig) => {
    const address = place(rig);
    refused(rig.provider.bind(rig.unix(), loopback()), 'WSAEFAULT');
    refused(rig.provider.connect(rig.unix(), loopback('AF_INET', 9)), 'WSAEFAULT');
    refused(rig.provider.bind(rig.stream(), address), 'WSAEFAULT');
    refused(rig.provider.connect(rig.stream(), address), 'WSAEFAULT');
    refused(rig.provider.connect(rig.datagram(), address), 'WSAEFAULT');
    refused(rig.provider.sendTo(rig.datagram(), bytes('x'), 0, address), 'WSAEFAULT');
  });

  suite.case('unix: calls in a wrong state fail with their codes', async (rig) => {
    const { provider } = rig;
    const { address, listener, client } = await pair(rig);
    const fresh = rig.unix();
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

  suite.case('unix: ending one direction keeps the other', async (rig) => {
    const { client, server } = await pair(rig);
    await rig.sendAll(client, bytes('all'));
    value(rig.provider.sendDisconnect(client));
    refused(rig.provider.send(client, bytes('x'), 0), 'WSAESHUTDOWN');
    assert.equal((await rig.recvAll(server)).toString('latin1'), 'all');
    await rig.sendAll(server, bytes('answer'));
    value(rig.provider.shutdown(server, 'SD_BOTH'));
    assert.equal((await rig.recvAll(client)).toString('latin1'), 'answer');
    assert.equal(value(rig.provider.recvDisconnect(client)), undefined);
    refused(rig.provider.recv(client, new Uint8Array(1), 0), 'WSAESHUTDOWN');
  });

  suite.case('unix: megabytes arrive completely, even after the close', async (rig) => {
    const { client, server } = await pair(rig);
    const sent = Buffer.alloc(LARGE, 'winsock ');
    const received = rig.recvAll(server);
    await rig.sendAll(client, sent);
    assert.equal(value(rig.provider.unsent(client)), 0, 'nothing is left on this side');
    rig.close(client);
    assert.ok((await received).equals(sent));
  });

  suite.case('unix: a full socket is WSAEWOULDBLOCK until the peer reads', async (rig) => {
    const { client, server } = await pair(rig);
    const took = rig.fill(client, server);
    refused(rig.provider.send(client, bytes('x'), 0), 'WSAEWOULDBLOCK');
    const writable = rig.ready(client, { write: true });
    await rig.recvExactly(server, took);
    await writable;
  });

  suite.case('unix: a close with unread bytes resets the peer', async (rig) => {
    const { client, server } = await pair(rig);
    await rig.sendAll(client, bytes('unread'));
    await rig.ready(server, { read: true });
    rig.close(server);
    await rig.ready(client, { hangup: true });
    for (let i = 0; i < 2; i++) refused(rig.provider.recv(client, new Uint8Array(1), 0), 'WSAECONNRESET');
    refused(rig.provider.send(client, bytes('x'), 0), 'WSAECONNRESET');
  });

  suite.case('unix: closing a listener resets connections that are not accepted', async (rig) => {
    const address = place(rig);
    const listener = listenerAt(rig, address);
    const client = rig.unix();
    rig.begin(client, address);
    value(await rig.ended(client));
    rig.close(listener);
    await rig.ready(client, { read: true });
    refused(rig.provider.recv(client, new Uint8Array(1), 0), 'WSAECONNRESET');
  });

  suite.case('unix: options of TCP and IP are WSAENOPROTOOPT, those of every stream work', async (rig) => {
    const { client } = await pair(rig);
    for (const option of NOT_OF_UNIX) {
      refused(rig.provider.getSockOpt(client, option), 'WSAENOPROTOOPT');
    }
    refused(rig.provider.setSockOpt(client, 'TCP_NODELAY', true), 'WSAENOPROTOOPT');
    const keepAlive = { onoff: true, keepalivetime: 1000, keepaliveinterval: 1000 };
    refused(rig.provider.setKeepAlive(client, keepAlive), 'WSAENOPROTOOPT');
    const linger = { onoff: true, linger: 3 };
    value(rig.provider.setSockOpt(client, 'SO_LINGER', linger));
    assert.deepEqual(value(rig.provider.getSockOpt(client, 'SO_LINGER')), linger);
    value(rig.provider.setSockOpt(client, 'SO_SNDBUF', 65_536));
    assert.equal(value(rig.provider.getSockOpt(client, 'SO_SNDBUF')), 65_536);
    assert.equal(value(rig.provider.getSockOpt(client, 'SO_TYPE')), 1);
    assert.equal(value(rig.provider.getSockOpt(client, 'SO_ERROR')), 0);
  });

  suite.case('unix: there is no urgent data', async (rig) => {
    const { client, server } = await pair(rig);
    refused(rig.provider.send(client, bytes('!'), SEND_FLAGS.MSG_OOB), 'WSAEOPNOTSUPP');
    refused(rig.provider.recv(server, new Uint8Array(1), RECV_FLAGS.MSG_OOB), 'WSAEOPNOTSUPP');
    assert.equal(value(rig.provider.atMark(server)), true);
  });

  suite.case('unix: SIO_AF_UNIX_GETPEERPID returns the process at the other end', async (rig) => {
    const { client, server, listener } = await pair(rig);
    assert.equal(value(rig.provider.peerProcessId(client)), process.pid);
    assert.equal(value(rig.provider.peerProcessId(server)), process.pid);
    for (const s of [listener, rig.unix()]) refused(rig.provider.peerProcessId(s), 'WSAENOTCONN');
    const tcp = await rig.pair();
    refused(rig.provider.peerProcessId(tcp.client), 'WSAEOPNOTSUPP');
  });

  suite.case('unix: poll, FIONREAD and a peek report pending bytes', async (rig) => {
    const { POLLRDNORM, POLLRDBAND, POLLWRNORM, POLLHUP } = POLL_EVENTS;
    const events = POLLRDNORM | POLLRDBAND | POLLWRNORM;
    const { client, server, listener } = await pair(rig);
    const seen = (...handles: readonly Handle[]) =>
      value(rig.provider.poll(handles.map((s) => ({ s, events }))));
    assert.deepEqual(seen(client, server, listener, rig.unix()), [POLLWRNORM, POLLWRNORM, 0, 0]);
    await rig.sendAll(client, bytes('four'));
    await rig.ready(server, { read: true });
    assert.equal(value(rig.provider.available(server)), 4);
    const peeked = value(rig.provider.recv(server, new Uint8Array(9), RECV_FLAGS.MSG_PEEK));
    assert.equal(peeked.bytes, 4);
    rig.close(client);
    await rig.ready(server, { hangup: true });
    assert.deepEqual(seen(server), [POLLRDNORM | POLLWRNORM | POLLHUP]);
    await rig.recvExactly(server, 4);
    assert.deepEqual(seen(server), [POLLWRNORM | POLLHUP]);
  });

  suite.case('unix: the end does not wake a watch for urgent data', async (rig) => {
    const { client, server } = await pair(rig);
    let woken = false;
    rig.watch(server, { urgent: true }, () => {
      woken = true;
    });
    rig.close(client);
    await rig.ready(server, { hangup: true });
    assert.equal(woken, false);
  });

  suite.case('unix: a duplicate names the same connection', async (rig) => {
    const { client, server } = await pair(rig);
    const second = rig.own(value(rig.provider.duplicate(client)));
    rig.close(client);
    await rig.sendAll(second, bytes('still here'));
    assert.equal((await rig.recvExactly(server, 10)).toString('latin1'), 'still here');
    rig.close(second);
    assert.equal((await rig.recv(server)).length, 0);
  });
};
