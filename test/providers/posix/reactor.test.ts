import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { connect } from 'node:net';
import { constants } from 'node:os';
import { describe, it, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import koffi from '../../../src/providers/native/koffi.js';
import { type Libc, loadLibc } from '../../../src/providers/posix/library.js';
import { PosixProvider } from '../../../src/providers/posix/posix-provider.js';
import { Reactor } from '../../../src/providers/posix/reactor.js';
import { CaseSockets, turn, value } from '../contract/case-sockets.js';

const CTL = ['', 'ADD', 'DEL', 'MOD'] as const;
const IN = 0x1;
const OUT = 0x4;
const ONESHOT = 0x40000000;

/** A provider that records its calls of epoll_ctl and close: `ADD 5`, `DEL`, `close`. */
const recorded = (t: TestContext) => {
  const libc = loadLibc();
  const log: string[] = [];
  const recording: Libc = {
    ...libc,
    epoll_ctl: (epfd, op, fd, event) => {
      const events = Buffer.from(event).readUInt32LE(0);
      if (op !== 2) assert.ok(events & ONESHOT, 'every registration is one-shot');
      log.push(op === 2 ? 'DEL' : `${CTL[op]} ${events & ~ONESHOT}`);
      return libc.epoll_ctl(epfd, op, fd, event);
    },
    close: (fd) => {
      log.push('close');
      return libc.close(fd);
    },
  };
  const provider = PosixProvider.load(recording);
  const sockets = new CaseSockets(provider, {});
  log.length = 0;
  t.after(() => {
    sockets.end();
    provider.dispose();
  });
  return { provider, sockets, log };
};

const nothing = (): void => undefined;

describe('reactor: its calls of epoll_ctl', () => {
  it('arm the union of the interests of all watches of a socket', (t) => {
    const { sockets, log } = recorded(t);
    const socket = sockets.datagram();
    sockets.bind(socket);
    sockets.watch(socket, { read: true }, nothing);
    sockets.watch(socket, { write: true }, nothing);
    assert.deepEqual(log, [`ADD ${IN}`, `MOD ${IN | OUT}`]);
  });

  it('are not made for interests armed already, nor for a stop', (t) => {
    const { sockets, log } = recorded(t);
    const socket = sockets.datagram();
    sockets.bind(socket);
    const first = sockets.watch(socket, { read: true }, nothing);
    sockets.watch(socket, { read: true }, nothing);
    first.stop();
    assert.deepEqual(log, [`ADD ${IN}`]);
  });

  it('arm only the remaining interests after a wake', async (t) => {
    const { sockets, log } = recorded(t);
    const socket = sockets.datagram();
    sockets.bind(socket);
    sockets.watch(socket, { read: true }, nothing);
    await sockets.ready(socket, { write: true });
    assert.deepEqual(log, [`ADD ${IN}`, `MOD ${IN | OUT}`, `MOD ${IN}`]);
  });

  it('make EPOLL_CTL_DEL before close', async (t) => {
    const { sockets, log } = recorded(t);
    const socket = sockets.datagram();
    await sockets.ready(socket, { write: true });
    sockets.close(socket);
    assert.deepEqual(log.slice(1), ['DEL', 'close']);
  });

  it('make no EPOLL_CTL_DEL for a socket that was never watched', (t) => {
    const { sockets, log } = recorded(t);
    sockets.close(sockets.datagram());
    assert.deepEqual(log, ['close']);
  });
});

describe('reactor: faults that it handles', () => {
  it('a descriptor that is no socket, or not open', (t) => {
    const reactor = new Reactor(loadLibc());
    t.after(() => reactor.close());
    const none = reactor.watch(0x7ffffff0, { read: true }, nothing);
    assert.ok(!none.ok && none.code === 10038);
    const refusing = new Reactor({
      ...loadLibc(),
      epoll_ctl: () => {
        koffi.errno(constants.errno.EPERM); // the errno for a regular file: epoll_ctl(2)
        return -1;
      },
    });
    t.after(() => refusing.close());
    const file = refusing.watch(0, { read: true }, nothing);
    assert.ok(!file.ok && file.code === 10013);
    refusing.release(0);
  });

  for (const errno of [constants.errno.ENOMEM, constants.errno.ENOSPC]) {
    it(`a system that watches no more (errno ${errno}): WSAENOBUFS, and a wake for the others`, async (t) => {
      const libc = loadLibc();
      let isFull = false;
      const provider = PosixProvider.load({
        ...libc,
        epoll_ctl: (...args) => {
          if (!isFull || args[1] === 2) return libc.epoll_ctl(...args);
          koffi.errno(errno);
          return -1;
        },
      });
      const sockets = new CaseSockets(provider, {});
      t.after(() => {
        sockets.end();
        provider.dispose();
      });
      const socket = sockets.datagram();
      sockets.bind(socket);
      const reading = sockets.ready(socket, { read: true });
      const writing = sockets.ready(socket, { write: true });
      isFull = true;
      assert.deepEqual(await writing, { write: true });
      assert.deepEqual(await reading, { read: true }, 'nothing else would wake it');
      const none = provider.watch(socket, { read: true }, nothing);
      assert.ok(!none.ok && none.code === 10055 && none.call === 'watch');
    });
  }

  it('an interrupted epoll_wait', async (t) => {
    const libc = loadLibc();
    let interrupted = 0;
    const provider = PosixProvider.load({
      ...libc,
      epoll_wait: (...args) => {
        if (interrupted++ > 0) return libc.epoll_wait(...args);
        koffi.errno(constants.errno.EINTR);
        return -1;
      },
    });
    const sockets = new CaseSockets(provider, {});
    t.after(() => {
      sockets.end();
      provider.dispose();
    });
    await sockets.ready(sockets.datagram(), { write: true });
    assert.ok(interrupted > 1);
  });

  it('more ready sockets than one epoll_wait returns', async (t) => {
    const { sockets } = recorded(t);
    const many = Array.from({ length: 600 }, () => sockets.datagram());
    await Promise.all(many.map((socket) => sockets.ready(socket, { write: true })));
  });

  it('being closed twice; after that it watches nothing', () => {
    const reactor = new Reactor(loadLibc());
    reactor.close();
    reactor.close();
    assert.throws(() => reactor.watch(0, { read: true }, nothing), /closed/);
  });

  it('a provider without references, whose poll handle koffi would stop at collection', async () => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void; // defined by the flag
    let woken = false;
    const begin = (): number => {
      const sockets = new CaseSockets(PosixProvider.load(), {});
      const { handle, address } = sockets.listener();
      value(
        sockets.provider.watch(handle, { read: true }, () => {
          woken = true;
        }),
      );
      return address.port;
    };
    const port = begin();
    for (let i = 0; i < 5; i++) {
      gc();
      await turn();
    }
    const client = connect(port, '127.0.0.1');
    const deadline = Date.now() + 20_000;
    while (!woken && Date.now() < deadline) await turn();
    client.destroy();
    assert.ok(woken);
  });
});

describe('reactor: the wakes that SD_RECEIVE and SD_SEND cause', () => {
  for (const kind of ['stream', 'datagram'] as const) {
    it(`of a ${kind}: for existing watches and for later ones`, async (t) => {
      const { sockets, provider } = recorded(t);
      const socket = kind === 'stream' ? (await sockets.pair()).client : sockets.datagram();
      if (kind === 'datagram') sockets.bind(socket);
      const waiting = sockets.ready(socket, { read: true });
      value(provider.shutdown(socket, 'SD_BOTH'));
      assert.deepEqual(await waiting, { read: true });
      assert.deepEqual(await sockets.ready(socket, { read: true }), { read: true });
      assert.deepEqual(await sockets.ready(socket, { write: true }), { write: true });
    });
  }
});

/** Runs a module with `provider`, `handle` (a bound datagram socket) and `peer` (its address). */
const runs = async (body: string): Promise<string> => {
  const at = new URL('../../../src/providers/posix/posix-provider.js', import.meta.url).href;
  const script = `
    import { PosixProvider } from ${JSON.stringify(at)};
    const provider = PosixProvider.load();
    const entry = provider.enumProtocols().value.find((e) => e.socketType === 2);
    const handle = provider.socket(entry, 0).value;
    provider.bind(handle, { family: 'AF_INET', address: '127.0.0.1', port: 0 });
    ${body}`;
  const args = ['--input-type=module', '-e', script];
  return (await promisify(execFile)(process.execPath, args, { timeout: 60_000 })).stdout;
};

describe('reactor: the process', () => {
  it('ends by itself while a watch is active', async () => {
    assert.equal(
      await runs(`provider.watch(handle, { read: true }, () => {}); console.log('end');`),
      'end\n',
    );
  });

  it('exits at once while a watch is active', async () => {
    const body = `provider.watch(handle, { read: true }, () => {});
      setInterval(() => {}, 1000); console.log('exit'); process.exit(0);`;
    assert.equal(await runs(body), 'exit\n');
  });

  it('gets an exception of a wake, and the other wakes still come', async () => {
    const body = `
      process.on('uncaughtException', (error) => console.log(error.message));
      const alive = setTimeout(() => {}, 50_000);
      provider.watch(handle, { write: true }, () => { throw new Error('from a wake'); });
      provider.watch(handle, { write: true }, () => {
        console.log('the other');
        setImmediate(() => clearTimeout(alive));
      });`;
    assert.deepEqual((await runs(body)).trim().split('\n'), ['the other', 'from a wake']);
  });
});
