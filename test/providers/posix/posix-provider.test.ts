import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { constants as osConstants } from 'node:os';
import { describe, it, type TestContext } from 'node:test';
import koffi from '../../../src/providers/native/koffi.js';
import { type Libc, loadLibc } from '../../../src/providers/posix/library.js';
import { PosixProvider } from '../../../src/providers/posix/posix-provider.js';
import type { Handle } from '../../../src/providers/provider.js';
import { bytes, CaseSockets, internet, refused, turn, value } from '../contract/case-sockets.js';

const posixSockets = (t: TestContext, libc?: Libc): CaseSockets => {
  const sockets = new CaseSockets(PosixProvider.load(libc), {});
  t.after(() => {
    sockets.end();
    sockets.provider.dispose();
  });
  return sockets;
};

/** A libc in which the test makes receives and sends fail once with this errno. */
const failingOnce = (errno: number) => {
  const libc = loadLibc();
  const fault = { due: false };
  const isDue = (): boolean => {
    const { due } = fault;
    fault.due = false;
    if (due) koffi.errno(errno);
    return due;
  };
  const faulty: Libc = {
    ...libc,
    recv: (...args) => (isDue() ? -1 : libc.recv(...args)),
    send: (...args) => (isDue() ? -1 : libc.send(...args)),
  };
  return { faulty, fault };
};

const { EHOSTUNREACH, ENETUNREACH, ETIMEDOUT, ENOBUFS, EINTR } = osConstants.errno;

const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;

/** The flags of a descriptor: proc(5), /proc/pid/fdinfo. */
const flagsOf = (handle: Handle): number => {
  const text = readFileSync(`/proc/self/fdinfo/${handle}`, 'utf8');
  return Number.parseInt(/^flags:\s+(\d+)$/m.exec(text)?.[1] ?? '', 8);
};

describe('posix provider', () => {
  it('throws on systems where it cannot run', () => {
    assert.throws(() => loadLibc({ platform: 'darwin', arch: 'arm64' }), /needs Linux .* darwin/);
    assert.throws(() => loadLibc({ platform: 'linux', arch: 's390x' }), /s390x/);
  });

  it('makes descriptors that are non-blocking and not inherited, accepted ones too', async (t) => {
    const { client, server, listener } = await posixSockets(t).pair();
    for (const handle of [client, server, listener.handle]) {
      assert.equal(flagsOf(handle) & (O_NONBLOCK | O_CLOEXEC), O_NONBLOCK | O_CLOEXEC);
    }
  });

  it('leaves no descriptor behind', async () => {
    const open = (): number => readdirSync('/proc/self/fd').length;
    const before = open();
    const provider = PosixProvider.load();
    for (let i = 0; i < 20; i++) {
      const sockets = new CaseSockets(provider, {});
      const { client, server } = await sockets.pair();
      await sockets.sendAll(client, bytes('x'));
      await sockets.recv(server);
      sockets.end();
    }
    provider.dispose();
    assert.equal(open(), before);
  });

  it('refuses an entry of another provider', (t) => {
    const { provider } = posixSockets(t);
    const [entry] = value(provider.enumProtocols());
    assert.ok(entry);
    refused(provider.socket({ ...entry, provider: 'lab' }, 0), 'WSAEINVALIDPROVIDER');
  });

  it('refuses connect and disconnect data before anything happens', async (t) => {
    const sockets = posixSockets(t);
    const { provider } = sockets;
    const { client, server, listener } = await sockets.pair();
    refused(provider.connect(sockets.stream(), listener.address, bytes('x')), 'WSAEPROTONOSUPPORT');
    refused(provider.sendDisconnect(client, new Uint8Array(0)), 'WSAENOPROTOOPT');
    await sockets.sendAll(client, bytes('open'));
    assert.equal((await sockets.recv(server)).toString(), 'open');
  });

  it('refuses unknown flags', async (t) => {
    const sockets = posixSockets(t);
    const { client } = await sockets.pair();
    refused(sockets.provider.send(client, bytes('x'), 0x40), 'WSAEOPNOTSUPP');
    refused(sockets.provider.recv(client, new Uint8Array(1), 0x20), 'WSAEOPNOTSUPP');
  });

  it('does not reach itself through the zero address', (t) => {
    const sockets = posixSockets(t);
    const { address } = sockets.listener();
    const zero = { ...address, address: '0.0.0.0' };
    refused(sockets.provider.connect(sockets.stream(), zero), 'WSAEADDRNOTAVAIL');
    refused(sockets.provider.sendTo(sockets.datagram(), bytes('x'), 0, zero), 'WSAEADDRNOTAVAIL');
  });

  it('binds no address of another machine', (t) => {
    const sockets = posixSockets(t);
    const elsewhere = { family: 'AF_INET', address: '192.0.2.1', port: 0 } as const;
    refused(sockets.provider.bind(sockets.stream(), elsewhere), 'WSAEADDRNOTAVAIL');
  });

  it('keeps the port that bind gave through a refused connect', async (t) => {
    const sockets = posixSockets(t);
    const client = sockets.stream();
    const name = sockets.bind(client);
    sockets.begin(client, sockets.deadAddress());
    refused(await sockets.ended(client), 'WSAECONNREFUSED');
    assert.deepEqual(value(sockets.provider.getSockName(client)), name);
    const listener = sockets.listener();
    sockets.begin(client, listener.address);
    assert.deepEqual((await sockets.accept(listener.handle)).remote, name);
  });

  it('does not report a reset after the connect as a failure of the connect', async (t) => {
    const sockets = posixSockets(t);
    const listener = sockets.listener();
    const client = sockets.stream();
    sockets.begin(client, listener.address);
    sockets.abort((await sockets.accept(listener.handle)).handle);
    await sockets.ready(client, { hangup: true });
    value(sockets.provider.finishConnect(client));
    value(sockets.provider.getPeerName(client));
    refused(sockets.provider.recv(client, new Uint8Array(8), 0), 'WSAECONNRESET');
    refused(sockets.provider.recv(client, new Uint8Array(8), 0), 'WSAECONNRESET');
  });

  for (const errno of [EHOSTUNREACH, ENETUNREACH, ETIMEDOUT]) {
    it(`keeps reporting a lost connection (errno ${errno}), and no end`, async (t) => {
      const { faulty, fault } = failingOnce(errno);
      const sockets = posixSockets(t, faulty);
      const { client, server } = await sockets.pair();
      sockets.close(server); // after the error Linux returns 0, as it does after this
      fault.due = true;
      refused(sockets.provider.recv(client, new Uint8Array(8), 0), 'WSAETIMEDOUT');
      refused(sockets.provider.recv(client, new Uint8Array(8), 0), 'WSAETIMEDOUT');
      refused(sockets.provider.send(client, bytes('x'), 0), 'WSAETIMEDOUT');
    });
  }

  for (const errno of [ENOBUFS, EINTR]) {
    it(`does not treat a temporary error as the end of the connection (errno ${errno})`, async (t) => {
      const { faulty, fault } = failingOnce(errno);
      const sockets = posixSockets(t, faulty);
      const { client, server } = await sockets.pair();
      fault.due = true;
      assert.equal(sockets.provider.send(client, bytes('x'), 0).ok, false);
      await sockets.sendAll(client, bytes('still there'));
      assert.equal((await sockets.recvExactly(server, 11)).toString(), 'still there');
    });
  }

  it('reports a port in use after a failed connect of its holder', async (t) => {
    const sockets = posixSockets(t);
    const holder = sockets.stream();
    const name = sockets.bind(holder);
    sockets.begin(holder, sockets.deadAddress());
    refused(await sockets.ended(holder), 'WSAECONNREFUSED');
    refused(sockets.provider.bind(sockets.stream(), name), 'WSAEADDRINUSE');
  });

  it('keeps an exclusive port while a connection of it exists', async (t) => {
    const sockets = posixSockets(t);
    const exclusive = sockets.stream();
    value(sockets.provider.setSockOpt(exclusive, 'SO_EXCLUSIVEADDRUSE', true));
    const address = sockets.bind(exclusive);
    value(sockets.provider.listen(exclusive, 5));
    const client = sockets.stream();
    sockets.begin(client, address);
    await sockets.accept(exclusive);
    sockets.close(exclusive);
    refused(sockets.provider.bind(sockets.stream(), address), 'WSAEADDRINUSE');
  });

  it('lets a dual-stack socket receive IPv4 with mapped addresses', async (t) => {
    const sockets = posixSockets(t);
    const listener = sockets.stream('AF_INET6');
    value(sockets.provider.setSockOpt(listener, 'IPV6_V6ONLY', false));
    value(sockets.provider.bind(listener, { family: 'AF_INET6', address: '::', port: 0 }));
    value(sockets.provider.listen(listener, 5));
    const { port } = internet(value(sockets.provider.getSockName(listener)));
    sockets.begin(sockets.stream(), { family: 'AF_INET', address: '127.0.0.1', port });
    assert.equal(internet((await sockets.accept(listener)).remote).address, '::ffff:127.0.0.1');
  });

  it('wakes a watch after SD_RECEIVE, even when an unreachable peer is replaced', async (t) => {
    const sockets = posixSockets(t);
    const [gone, a, b] = [sockets.datagram(), sockets.datagram(), sockets.datagram()];
    const unusedAddress = sockets.bind(gone);
    sockets.close(gone);
    value(sockets.provider.connect(a, unusedAddress));
    value(sockets.provider.send(a, bytes('anyone?'), 0));
    await sockets.ready(a, { read: true });
    value(sockets.provider.send(a, bytes('nobody?'), 0)); // keeps the first error for a receive
    value(sockets.provider.shutdown(a, 'SD_RECEIVE'));
    value(sockets.provider.connect(a, sockets.bind(b)));
    let woken = false;
    sockets.watch(a, { read: true }, () => {
      woken = true;
    });
    await sockets.ready(a, { write: true });
    await turn();
    assert.equal(woken, true);
    refused(sockets.provider.recv(a, new Uint8Array(8), 0), 'WSAESHUTDOWN');
  });

  it('discards queued datagrams when a datagram socket changes its peer', async (t) => {
    const sockets = posixSockets(t);
    const [a, b, c] = [sockets.datagram(), sockets.datagram(), sockets.datagram()];
    const [nameA, nameB, nameC] = [sockets.bind(a), sockets.bind(b), sockets.bind(c)];
    value(sockets.provider.connect(a, nameB));
    value(sockets.provider.sendTo(b, bytes('old'), 0, nameA));
    await sockets.ready(a, { read: true });
    value(sockets.provider.connect(a, nameC));
    refused(sockets.provider.recv(a, new Uint8Array(8), 0), 'WSAEWOULDBLOCK');
  });

  it('throws for values that callers must exclude', (t) => {
    const sockets = posixSockets(t);
    const socket = sockets.stream();
    assert.throws(
      () => sockets.provider.bind(socket, { family: 'AF_INET', address: 'x', port: 0 }),
      RangeError,
    );
    sockets.bind(socket);
    assert.throws(() => sockets.provider.listen(socket, 1.5), RangeError);
    assert.throws(() => sockets.provider.setSockOpt(socket, 'TCP_NODELAY', 1), TypeError);
    refused(sockets.provider.setSockOpt(socket, 'SO_SNDBUF', 2 ** 40), 'WSAEINVAL');
    refused(sockets.provider.setSockOpt(socket, 'SO_LINGER', { onoff: true, linger: 65_536 }), 'WSAEINVAL');
  });
});
