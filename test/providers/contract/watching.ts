import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Readiness } from '../../../src/providers/provider.js';
import { answer, bytes, type CaseSockets, refused, turn, value } from './case-sockets.js';
import type { Suite } from './suite.js';

/** Waits a few turns, in which an unwanted wake would come. */
const turns = async (count = 5): Promise<void> => {
  for (let i = 0; i < count; i++) await turn();
};

/** The garbage collector, even when node was not started with --expose-gc. */
const collector = (): (() => void) => {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void; // defined by the flag
};

/** A connection with pending bytes at the server. */
const withBytes = async (sockets: CaseSockets) => {
  const pair = await sockets.pair();
  await sockets.sendAll(pair.client, bytes('abc'));
  await sockets.ready(pair.server, { read: true });
  return pair;
};

/** The rules of watch. */
export const watching = (suite: Suite): void => {
  suite.case('watch: wakes in a later turn, even when the condition holds already', async (sockets) => {
    const { server } = await withBytes(sockets);
    let woken = false;
    sockets.watch(server, { read: true }, () => {
      woken = true;
    });
    assert.equal(woken, false);
    await sockets.until('the watch wakes', () => woken);
  });

  suite.case('watch: never wakes inside the call that causes it', async (sockets) => {
    const { client, server } = await sockets.pair();
    let woken = false;
    sockets.watch(server, { read: true }, () => {
      woken = true;
    });
    value(sockets.provider.send(client, bytes('x'), 0));
    assert.equal(woken, false);
    await Promise.resolve();
    assert.equal(woken, false, 'a microtask is still the same turn');
    await sockets.until('the watch wakes', () => woken);
  });

  suite.case('watch: wakes once', async (sockets) => {
    const { server } = await withBytes(sockets);
    let wakes = 0;
    sockets.watch(server, { read: true }, () => {
      wakes++;
    });
    await sockets.until('the watch wakes', () => wakes > 0);
    await turns();
    assert.equal(wakes, 1);
  });

  suite.case('watch: a wake reports the wanted conditions that hold', async (sockets) => {
    const { server } = await withBytes(sockets);
    assert.deepEqual(await sockets.ready(server, { read: true }), { read: true });
    assert.deepEqual(await sockets.ready(server, { write: true }), { write: true });
  });

  suite.case('watch: does not wake after stop, which can be repeated', async (sockets) => {
    const { server } = await withBytes(sockets);
    let woken = false;
    const watch = sockets.watch(server, { read: true }, () => {
      woken = true;
    });
    watch.stop();
    watch.stop();
    await sockets.ready(server, { read: true });
    await turns();
    assert.equal(woken, false);
  });

  suite.case('watch: stop after the wake does nothing', async (sockets) => {
    const { server } = await withBytes(sockets);
    let woken = false;
    const watch = sockets.watch(server, { read: true }, () => {
      woken = true;
    });
    await sockets.until('the watch wakes', () => woken);
    watch.stop();
    await sockets.ready(server, { read: true });
  });

  suite.case('watch: all watches of a handle wake', async (sockets) => {
    const { client, server } = await sockets.pair();
    const all = Array.from({ length: 50 }, () => sockets.ready(server, { read: true }));
    await sockets.sendAll(client, bytes('x'));
    await Promise.all(all);
  });

  suite.case('watch: reading and writing wake separately', async (sockets) => {
    const { client, server } = await sockets.pair();
    let readable = false;
    const reading = sockets.watch(server, { read: true }, () => {
      readable = true;
    });
    await sockets.ready(server, { write: true });
    await sockets.ready(server, { write: true });
    await turns();
    assert.equal(readable, false);
    await sockets.sendAll(client, bytes('x'));
    await sockets.until('the reading watch wakes', () => readable);
    reading.stop();
  });

  suite.case('watch: stopping one leaves the others active', async (sockets) => {
    const { client, server } = await sockets.pair();
    const stopped = sockets.watch(server, { read: true }, () => assert.fail('was stopped'));
    const going = sockets.ready(server, { read: true });
    stopped.stop();
    await sockets.sendAll(client, bytes('x'));
    await going;
  });

  suite.case('watch: a wake can stop another of the same turn', async (sockets) => {
    const { server } = await withBytes(sockets);
    let wakes = 0;
    const watches = [0, 1].map((_, i, both) =>
      sockets.watch(server, { read: true }, () => {
        wakes++;
        watches[both.length - 1 - i]?.stop();
      }),
    );
    await sockets.until('one wakes', () => wakes > 0);
    await turns();
    assert.equal(wakes, 1);
  });

  suite.case('watch: a wake can watch again', async (sockets) => {
    const { server } = await withBytes(sockets);
    let wakes = 0;
    const again = (): void => {
      if (++wakes < 3) sockets.watch(server, { read: true }, again);
    };
    sockets.watch(server, { read: true }, again);
    await sockets.until('three wakes', () => wakes === 3);
  });

  suite.case('watch: a wake can close the handle', async (sockets) => {
    const { server } = await withBytes(sockets);
    let closed = false;
    sockets.watch(server, { read: true }, () => {
      sockets.close(server);
      closed = true;
    });
    await sockets.until('the handle is closed', () => closed);
    refused(sockets.provider.recv(server, new Uint8Array(1), 0), 'WSAENOTSOCK');
  });

  suite.case(
    'watch: the end of the peer is readable, and a hangup that receives nothing',
    async (sockets) => {
      const { client, server } = await sockets.pair();
      await sockets.sendAll(client, bytes('last words'));
      value(sockets.provider.shutdown(client, 'SD_SEND'));
      assert.equal((await sockets.ready(server, { hangup: true })).hangup, true);
      assert.equal((await sockets.recvAll(server)).toString('latin1'), 'last words');
      assert.equal((await sockets.ready(server, { read: true })).read, true);
    },
  );

  suite.case('watch: bytes without the end are no hangup', async (sockets) => {
    const { client, server } = await withBytes(sockets);
    let hungUp = false;
    sockets.watch(server, { hangup: true }, () => {
      hungUp = true;
    });
    await sockets.sendAll(client, bytes('more'));
    await sockets.ready(server, { read: true });
    await turns();
    assert.equal(hungUp, false);
    value(sockets.provider.shutdown(client, 'SD_SEND'));
    await sockets.until('the hangup is seen', () => hungUp);
  });

  suite.case('watch: after its own SD_SEND bytes are no hangup, but a reset is one', async (sockets) => {
    const { client, server } = await sockets.pair();
    value(sockets.provider.shutdown(server, 'SD_SEND'));
    let hungUp = false;
    sockets.watch(server, { hangup: true }, () => {
      hungUp = true;
    });
    await sockets.sendAll(client, bytes('answer'));
    assert.equal((await sockets.recvExactly(server, 6)).toString('latin1'), 'answer');
    await turns();
    assert.equal(hungUp, false);
    sockets.abort(client);
    await sockets.until('the hangup is seen', () => hungUp);
  });

  suite.case('watch: after its own SD_BOTH there is no hangup before a reset', async (sockets) => {
    const { client, server } = await sockets.pair();
    value(sockets.provider.shutdown(server, 'SD_BOTH'));
    let hungUp = false;
    sockets.watch(server, { hangup: true }, () => {
      hungUp = true;
    });
    await sockets.recv(client);
    await turns();
    assert.equal(hungUp, false);
    sockets.abort(client);
    await sockets.until('the hangup is seen', () => hungUp);
  });

  suite.case('watch: a reset after unread bytes wakes a watch for writing', async (sockets) => {
    const { client, server } = await sockets.pair();
    await sockets.sendAll(client, bytes('unread'));
    await sockets.ready(server, { read: true });
    assert.ok(sockets.fill(server, client) > 0);
    const waiting = Promise.all([
      sockets.ready(server, { write: true }),
      sockets.ready(server, { hangup: true }),
    ]);
    sockets.abort(client);
    assert.deepEqual(await waiting, [{ write: true }, { hangup: true }]);
  });

  suite.case('watch: its own SD_RECEIVE is no hangup', async (sockets) => {
    const { client, server } = await sockets.pair();
    value(sockets.provider.shutdown(server, 'SD_RECEIVE'));
    let hungUp = false;
    sockets.watch(server, { hangup: true }, () => {
      hungUp = true;
    });
    await sockets.ready(server, { write: true });
    await turns();
    assert.equal(hungUp, false);
    value(sockets.provider.shutdown(client, 'SD_SEND'));
    await sockets.until('the hangup is seen', () => hungUp);
  });

  suite.case('watch: a reset wakes watches of every kind', async (sockets) => {
    const { client, server } = await sockets.pair();
    const full = sockets.fill(server, client);
    assert.ok(full > 0);
    const kinds: readonly Readiness[] = [{ read: true }, { write: true }, { hangup: true }];
    const all = Promise.all(kinds.map((want) => sockets.ready(server, want)));
    sockets.abort(client);
    assert.deepEqual(await all, kinds);
  });

  suite.case('watch: a successful connect is writable', async (sockets) => {
    const listener = sockets.listener();
    const client = sockets.stream();
    sockets.begin(client, listener.address);
    await sockets.accept(listener.handle);
    await sockets.ready(client, { write: true });
    value(sockets.provider.finishConnect(client));
  });

  suite.case('watch: a refused connect is writable', async (sockets) => {
    const client = sockets.stream();
    const begun = sockets.provider.connect(client, sockets.deadAddress());
    if (answer(begun) !== 'WSAEWOULDBLOCK') return refused(begun, 'WSAECONNREFUSED');
    await sockets.ready(client, { write: true });
    refused(sockets.provider.finishConnect(client), 'WSAECONNREFUSED');
  });

  suite.case('watch: a pending connection makes the listener readable', async (sockets) => {
    const listener = sockets.listener();
    let readable = false;
    sockets.watch(listener.handle, { read: true }, () => {
      readable = true;
    });
    await turns();
    assert.equal(readable, false);
    sockets.begin(sockets.stream(), listener.address);
    await sockets.until('the listener is readable', () => readable);
    sockets.own(value(sockets.provider.accept(listener.handle)).handle);
  });

  if (suite.facts.pendingConnect) {
    suite.case(
      'watch: a pending connect is not writable; finishConnect is WSAEWOULDBLOCK',
      async (sockets) => {
        const address = await sockets.pending();
        const client = sockets.stream();
        refused(sockets.provider.connect(client, address), 'WSAEWOULDBLOCK');
        let writable = false;
        sockets.watch(client, { write: true }, () => {
          writable = true;
        });
        await turns();
        assert.equal(writable, false);
        refused(sockets.provider.finishConnect(client), 'WSAEWOULDBLOCK');
      },
    );
  }

  suite.case('watch: close and abort throw while one is active', async (sockets) => {
    const { client } = await sockets.pair();
    const watch = sockets.watch(client, { read: true }, () => assert.fail('nothing to read'));
    assert.throws(() => sockets.provider.close(client), Error);
    assert.throws(() => sockets.provider.abort(client), Error);
    value(sockets.provider.getPeerName(client));
    watch.stop();
    sockets.close(client);
  });

  suite.case('watch: a closed handle is WSAENOTSOCK', (sockets) => {
    const handle = sockets.stream();
    sockets.close(handle);
    refused(
      sockets.provider.watch(handle, { read: true }, () => assert.fail('no such socket')),
      'WSAENOTSOCK',
    );
  });

  suite.case('watch: wakes even without a reference to the watch', async (sockets) => {
    const { client, server } = await sockets.pair();
    const gc = collector();
    let woken = false;
    value(
      sockets.provider.watch(server, { read: true }, () => {
        woken = true;
      }),
    );
    for (let i = 0; i < 3; i++) {
      gc();
      await turn();
    }
    await sockets.sendAll(client, bytes('x'));
    await sockets.until('the watch wakes', () => woken);
  });

  suite.case('watch: a closed socket does not wake the watch of a new one', async (sockets) => {
    for (let i = 0; i < 20; i++) {
      const { client, server } = await withBytes(sockets);
      const stopped = sockets.watch(server, { read: true }, () => assert.fail('was stopped'));
      stopped.stop();
      sockets.close(server);
      const fresh = await sockets.pair();
      let woken = false;
      const watch = sockets.watch(fresh.server, { read: true }, () => {
        woken = true;
      });
      await turns(2);
      assert.equal(woken, false);
      watch.stop();
      sockets.close(client);
    }
  });
};
