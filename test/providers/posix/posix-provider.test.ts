import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { constants as osConstants } from 'node:os';
import { describe, it, type TestContext } from 'node:test';
import koffi from '../../../src/providers/native/koffi.js';
import { type Libc, loadLibc } from '../../../src/providers/posix/library.js';
import { PosixProvider } from '../../../src/providers/posix/posix-provider.js';
import type { Handle } from '../../../src/providers/provider.js';
import { bytes, internet, Rig, refused, turn, value } from '../contract/rig.js';

const rigOf = (t: TestContext, libc?: Libc): Rig => {
  const rig = new Rig(PosixProvider.load(libc), {});
  t.after(() => {
    rig.end();
    rig.provider.dispose();
  });
  return rig;
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
    const { client, server, listener } = await rigOf(t).pair();
    for (const handle of [client, server, listener.handle]) {
      assert.equal(flagsOf(handle) & (O_NONBLOCK | O_CLOEXEC), O_NONBLOCK | O_CLOEXEC);
    }
  });

  it('leaves no descriptor behind', async () => {
    const open = (): number => readdirSync('/proc/self/fd').length;
    const before = open();
    const provider = PosixProvider.load();
    for (let i = 0; i < 20; i++) {
      const rig = new Rig(provider, {});
      const { client, server } = await rig.pair();
      await rig.sendAll(client, bytes('x'));
      await rig.recv(server);
      rig.end();
    }
    provider.dispose();
    assert.equal(open(), before);
  });

  it('refuses an entry of another provider', (t) => {
    const { provider } = rigOf(t);
    const [entry] = value(provider.enumProtocols());
    assert.ok(entry);
    refused(provider.socket({ ...entry, provider: 'lab' }, 0), 'WSAEINVALIDPROVIDER');
  });

  it('refuses connect and disconnect data before anything happens', async (t) => {
    const rig = rigOf(t);
    const { provider } = rig;
    const { client, server, listener } = await rig.pair();
    refused(provider.connect(rig.stream(), listener.address, bytes('x')), 'WSAEPROTONOSUPPORT');
    refused(provider.sendDisconnect(client, new Uint8Array(0)), 'WSAENOPROTOOPT');
    await rig.sendAll(client, bytes('open'));
    assert.equal((await rig.recv(server)).toString(), 'open');
  });

  it('refuses unknown flags', async (t) => {
    const rig = rigOf(t);
    const { client } = await rig.pair();
    refused(rig.provider.send(client, bytes('x'), 0x40), 'WSAEOPNOTSUPP');
    refused(rig.provider.recv(client, new Uint8Array(1), 0x20), 'WSAEOPNOTSUPP');
  });

  it('does not reach itself through the zero address', (t) => {
    const rig = rigOf(t);
    const { address } = rig.listener();
    const zero = { ...address, address: '0.0.0.0' };
    refused(rig.provider.connect(rig.stream(), zero), 'WSAEADDRNOTAVAIL');
    refused(rig.provider.sendTo(rig.datagram(), bytes('x'), 0, zero), 'WSAEADDRNOTAVAIL');
  });

  it('binds no address of another machine', (t) => {
    const rig = rigOf(t);
    const elsewhere = { family: 'AF_INET', address: '192.0.2.1', port: 0 } as const;
    refused(rig.provider.bind(rig.stream(), elsewhere), 'WSAEADDRNOTAVAIL');
  });

  it('keeps the port that bind gave through a refused connect', async (t) => {
    const rig = rigOf(t);
    const client = rig.stream();
    const name = rig.bind(client);
    rig.begin(client, rig.deadAddress());
    refused(await rig.ended(client), 'WSAECONNREFUSED');
    assert.deepEqual(value(rig.provider.getSockName(client)), name);
    const listener = rig.listener();
    rig.begin(client, listener.address);
    assert.deepEqual((await rig.accept(listener.handle)).remote, name);
  });

  it('does not report a reset after the connect as a failure of the connect', async (t) => {
    const rig = rigOf(t);
    const listener = rig.listener();
    const client = rig.stream();
    rig.begin(client, listener.address);
    rig.abort((await rig.accept(listener.handle)).handle);
    await rig.ready(client, { hangup: true });
    value(rig.provider.finishConnect(client));
    value(rig.provider.getPeerName(client));
    refused(rig.provider.recv(client, new Uint8Array(8), 0), 'WSAECONNRESET');
    refused(rig.provider.recv(client, new Uint8Array(8), 0), 'WSAECONNRESET');
  });

  for (const errno of [EHOSTUNREACH, ENETUNREACH, ETIMEDOUT]) {
    it(`keeps reporting a lost connection (errno ${errno}), and no end`, async (t) => {
      const { faulty, fault } = failingOnce(errno);
      const rig = rigOf(t, faulty);
      const { client, server } = await rig.pair();
      rig.close(server); // after the error Linux returns 0, as it does after this
      fault.due = true;
      refused(rig.provider.recv(client, new Uint8Array(8), 0), 'WSAETIMEDOUT');
      refused(rig.provider.recv(client, new Uint8Array(8), 0), 'WSAETIMEDOUT');
      refused(rig.provider.send(client, bytes('x'), 0), 'WSAETIMEDOUT');
    });
  }

  for (const errno of [ENOBUFS, EINTR]) {
    it(`does not treat a temporary error as the end of the connection (errno ${errno})`, async (t) => {
      const { faulty, fault } = failingOnce(errno);
      const rig = rigOf(t, faulty);
      const { client, server } = await rig.pair();
      fault.due = true;
      assert.equal(rig.provider.send(client, bytes('x'), 0).ok, false);
      await rig.sendAll(client, bytes('still there'));
      assert.equal((await rig.recvExactly(server, 11)).toString(), 'still there');
    });
  }

  it('reports a port in use after a failed connect of its holder', async (t) => {
    const rig = rigOf(t);
    const holder = rig.stream();
    const name = rig.bind(holder);
    rig.begin(holder, rig.deadAddress());
    refused(await rig.ended(holder), 'WSAECONNREFUSED');
    refused(rig.provider.bind(rig.stream(), name), 'WSAEADDRINUSE');
  });

  it('keeps an exclusive port while a connection of it exists', async (t) => {
    const rig = rigOf(t);
    const exclusive = rig.stream();
    value(rig.provider.setSockOpt(exclusive, 'SO_EXCLUSIVEADDRUSE', true));
    const address = rig.bind(exclusive);
    value(rig.provider.listen(exclusive, 5));
    const client = rig.stream();
    rig.begin(client, address);
    await rig.accept(exclusive);
    rig.close(exclusive);
    refused(rig.provider.bind(rig.stream(), address), 'WSAEADDRINUSE');
  });

  it('lets a dual-stack socket receive IPv4 with mapped addresses', async (t) => {
    const rig = rigOf(t);
    const listener = rig.stream('AF_INET6');
    value(rig.provider.setSockOpt(listener, 'IPV6_V6ONLY', false));
    value(rig.provider.bind(listener, { family: 'AF_INET6', address: '::', port: 0 }));
    value(rig.provider.listen(listener, 5));
    const { port } = internet(value(rig.provider.getSockName(listener)));
    rig.begin(rig.stream(), { family: 'AF_INET', address: '127.0.0.1', port });
    assert.equal(internet((await rig.accept(listener)).remote).address, '::ffff:127.0.0.1');
  });

  it('wakes a watch after SD_RECEIVE, even when an unreachable peer is replaced', async (t) => {
    const rig = rigOf(t);
    const [gone, a, b] = [rig.datagram(), rig.datagram(), rig.datagram()];
    const unusedAddress = rig.bind(gone);
    rig.close(gone);
    value(rig.provider.connect(a, unusedAddress));
    value(rig.provider.send(a, bytes('anyone?'), 0));
    await rig.ready(a, { read: true });
    value(rig.provider.send(a, bytes('nobody?'), 0)); // keeps the first error for a receive
    value(rig.provider.shutdown(a, 'SD_RECEIVE'));
    value(rig.provider.connect(a, rig.bind(b)));
    let woken = false;
    rig.watch(a, { read: true }, () => {
      woken = true;
    });
    await rig.ready(a, { write: true });
    await turn();
    assert.equal(woken, true);
    refused(rig.provider.recv(a, new Uint8Array(8), 0), 'WSAESHUTDOWN');
  });

  it('discards queued datagrams when a datagram socket changes its peer', async (t) => {
    const rig = rigOf(t);
    const [a, b, c] = [rig.datagram(), rig.datagram(), rig.datagram()];
    const [nameA, nameB, nameC] = [rig.bind(a), rig.bind(b), rig.bind(c)];
    value(rig.provider.connect(a, nameB));
    value(rig.provider.sendTo(b, bytes('old'), 0, nameA));
    await rig.ready(a, { read: true });
    value(rig.provider.connect(a, nameC));
    refused(rig.provider.recv(a, new Uint8Array(8), 0), 'WSAEWOULDBLOCK');
  });

  it('throws for values that callers must exclude', (t) => {
    const rig = rigOf(t);
    const socket = rig.stream();
    assert.throws(() => rig.provider.bind(socket, { family: 'AF_INET', address: 'x', port: 0 }), RangeError);
    rig.bind(socket);
    assert.throws(() => rig.provider.listen(socket, 1.5), RangeError);
    assert.throws(() => rig.provider.setSockOpt(socket, 'TCP_NODELAY', 1), TypeError);
    refused(rig.provider.setSockOpt(socket, 'SO_SNDBUF', 2 ** 40), 'WSAEINVAL');
    refused(rig.provider.setSockOpt(socket, 'SO_LINGER', { onoff: true, linger: 65_536 }), 'WSAEINVAL');
  });
});
