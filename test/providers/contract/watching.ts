import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Readiness } from '../../../src/providers/provider.js';
import { answer, bytes, type Rig, refused, turn, value } from './rig.js';
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
const withBytes = async (rig: Rig) => {
  const pair = await rig.pair();
  await rig.sendAll(pair.client, bytes('abc'));
  await rig.ready(pair.server, { read: true });
  return pair;
};

/** The rules of watch. */
export const watching = (suite: Suite): void => {
  suite.case('watch: wakes in a later turn, even when the condition holds already', async (rig) => {
    const { server } = await withBytes(rig);
    let woken = false;
    rig.watch(server, { read: true }, () => {
      woken = true;
    });
    assert.equal(woken, false);
    await rig.until('the watch wakes', () => woken);
  });

  suite.case('watch: never wakes inside the call that causes it', async (rig) => {
    const { client, server } = await rig.pair();
    let woken = false;
    rig.watch(server, { read: true }, () => {
      woken = true;
    });
    value(rig.provider.send(client, bytes('x'), 0));
    assert.equal(woken, false);
    await Promise.resolve();
    assert.equal(woken, false, 'a microtask is still the same turn');
    await rig.until('the watch wakes', () => woken);
  });

  suite.case('watch: wakes once', async (rig) => {
    const { server } = await withBytes(rig);
    let wakes = 0;
    rig.watch(server, { read: true }, () => {
      wakes++;
    });
    await rig.until('the watch wakes', () => wakes > 0);
    await turns();
    assert.equal(wakes, 1);
  });

  suite.case('watch: a wake reports the wanted conditions that hold', async (rig) => {
    const { server } = await withBytes(rig);
    assert.deepEqual(await rig.ready(server, { read: true }), { read: true });
    assert.deepEqual(await rig.ready(server, { write: true }), { write: true });
  });

  suite.case('watch: does not wake after stop, which can be repeated', async (rig) => {
    const { server } = await withBytes(rig);
    let woken = false;
    const watch = rig.watch(server, { read: true }, () => {
      woken = true;
    });
    watch.stop();
    watch.stop();
    await rig.ready(server, { read: true });
    await turns();
    assert.equal(woken, false);
  });

  suite.case('watch: stop after the wake does nothing', async (rig) => {
    const { server } = await withBytes(rig);
    let woken = false;
    const watch = rig.watch(server, { read: true }, () => {
      woken = true;
    });
    await rig.until('the watch wakes', () => woken);
    watch.stop();
    await rig.ready(server, { read: true });
  });

  suite.case('watch: all watches of a handle wake', async (rig) => {
    const { client, server } = await rig.pair();
    const all = Array.from({ length: 50 }, () => rig.ready(server, { read: true }));
    await rig.sendAll(client, bytes('x'));
    await Promise.all(all);
  });

  suite.case('watch: reading and writing wake separately', async (rig) => {
    const { client, server } = await rig.pair();
    let readable = false;
    const reading = rig.watch(server, { read: true }, () => {
      readable = true;
    });
    await rig.ready(server, { write: true });
    await rig.ready(server, { write: true });
    await turns();
    assert.equal(readable, false);
    await rig.sendAll(client, bytes('x'));
    await rig.until('the reading watch wakes', () => readable);
    reading.stop();
  });

  suite.case('watch: stopping one leaves the others active', async (rig) => {
    const { client, server } = await rig.pair();
    const stopped = rig.watch(server, { read: true }, () => assert.fail('was stopped'));
    const going = rig.ready(server, { read: true });
    stopped.stop();
    await rig.sendAll(client, bytes('x'));
    await going;
  });

  suite.case('watch: a wake can stop another of the same turn', async (rig) => {
    const { server } = await withBytes(rig);
    let wakes = 0;
    const watches = [0, 1].map((_, i, both) =>
      rig.watch(server, { read: true }, () => {
        wakes++;
        watches[both.length - 1 - i]?.stop();
      }),
    );
    await rig.until('one wakes', () => wakes > 0);
    await turns();
    assert.equal(wakes, 1);
  });

  suite.case('watch: a wake can watch again', async (rig) => {
    const { server } = await withBytes(rig);
    let wakes = 0;
    const again = (): void => {
      if (++wakes < 3) rig.watch(server, { read: true }, again);
    };
    rig.watch(server, { read: true }, again);
    await rig.until('three wakes', () => wakes === 3);
  });

  suite.case('watch: a wake can close the handle', async (rig) => {
    const { server } = await withBytes(rig);
    let closed = false;
    rig.watch(server, { read: true }, () => {
      rig.close(server);
      closed = true;
    });
    await rig.until('the handle is closed', () => closed);
    refused(rig.provider.recv(server, new Uint8Array(1), 0), 'WSAENOTSOCK');
  });

  suite.case('watch: the end of the peer is readable, and a hangup that receives nothing', async (rig) => {
    const { client, server } = await rig.pair();
    await rig.sendAll(client, bytes('last words'));
    value(rig.provider.shutdown(client, 'SD_SEND'));
    assert.equal((await rig.ready(server, { hangup: true })).hangup, true);
    assert.equal((await rig.recvAll(server)).toString('latin1'), 'last words');
    assert.equal((await rig.ready(server, { read: true })).read, true);
  });

  suite.case('watch: bytes without the end are no hangup', async (rig) => {
    const { client, server } = await withBytes(rig);
    let hungUp = false;
    rig.watch(server, { hangup: true }, () => {
      hungUp = true;
    });
    await rig.sendAll(client, bytes('more'));
    await rig.ready(server, { read: true });
    await turns();
    assert.equal(hungUp, false);
    value(rig.provider.shutdown(client, 'SD_SEND'));
    await rig.until('the hangup is seen', () => hungUp);
  });

  suite.case('watch: after its own SD_SEND bytes are no hangup, but a reset is one', async (rig) => {
    const { client, server } = await rig.pair();
    value(rig.provider.shutdown(server, 'SD_SEND'));
    let hungUp = false;
    rig.watch(server, { hangup: true }, () => {
      hungUp = true;
    });
    await rig.sendAll(client, bytes('answer'));
    assert.equal((await rig.recvExactly(server, 6)).toString('latin1'), 'answer');
    await turns();
    assert.equal(hungUp, false);
    rig.abort(client);
    await rig.until('the hangup is seen', () => hungUp);
  });

  suite.case('watch: after its own SD_BOTH there is no hangup before a reset', async (rig) => {
    const { client, server } = await rig.pair();
    value(rig.provider.shutdown(server, 'SD_BOTH'));
    let hungUp = false;
    rig.watch(server, { hangup: true }, () => {
      hungUp = true;
    });
    await rig.recv(client);
    await turns();
    assert.equal(hungUp, false);
    rig.abort(client);
    await rig.until('the hangup is seen', () => hungUp);
  });

  suite.case('watch: a reset after unread bytes wakes a watch for writing', async (rig) => {
    const { client, server } = await rig.pair();
    await rig.sendAll(client, bytes('unread'));
    await rig.ready(server, { read: true });
    assert.ok(rig.fill(server, client) > 0);
    const waiting = Promise.all([rig.ready(server, { write: true }), rig.ready(server, { hangup: true })]);
    rig.abort(client);
    assert.deepEqual(await waiting, [{ write: true }, { hangup: true }]);
  });

  suite.case('watch: its own SD_RECEIVE is no hangup', async (rig) => {
    const { client, server } = await rig.pair();
    value(rig.provider.shutdown(server, 'SD_RECEIVE'));
    let hungUp = false;
    rig.watch(server, { hangup: true }, () => {
      hungUp = true;
    });
    await rig.ready(server, { write: true });
    await turns();
    assert.equal(hungUp, false);
    value(rig.provider.shutdown(client, 'SD_SEND'));
    await rig.until('the hangup is seen', () => hungUp);
  });

  suite.case('watch: a reset wakes watches of every kind', async (rig) => {
    const { client, server } = await rig.pair();
    const full = rig.fill(server, client);
    assert.ok(full > 0);
    const kinds: readonly Readiness[] = [{ read: true }, { write: true }, { hangup: true }];
    const all = Promise.all(kinds.map((want) => rig.ready(server, want)));
    rig.abort(client);
    assert.deepEqual(await all, kinds);
  });

  suite.case('watch: a successful connect is writable', async (rig) => {
    const listener = rig.listener();
    const client = rig.stream();
    rig.begin(client, listener.address);
    await rig.accept(listener.handle);
    await rig.ready(client, { write: true });
    value(rig.provider.finishConnect(client));
  });

  suite.case('watch: a refused connect is writable', async (rig) => {
    const client = rig.stream();
    const begun = rig.provider.connect(client, rig.deadAddress());
    if (answer(begun) !== 'WSAEWOULDBLOCK') return refused(begun, 'WSAECONNREFUSED');
    await rig.ready(client, { write: true });
    refused(rig.provider.finishConnect(client), 'WSAECONNREFUSED');
  });

  suite.case('watch: a pending connection makes the listener readable', async (rig) => {
    const listener = rig.listener();
    let readable = false;
    rig.watch(listener.handle, { read: true }, () => {
      readable = true;
    });
    await turns();
    assert.equal(readable, false);
    rig.begin(rig.stream(), listener.address);
    await rig.until('the listener is readable', () => readable);
    rig.own(value(rig.provider.accept(listener.handle)).handle);
  });

  if (suite.facts.pendingConnect) {
    suite.case('watch: a pending connect is not writable; finishConnect is WSAEWOULDBLOCK', async (rig) => {
      const address = await rig.pending();
      const client = rig.stream();
      refused(rig.provider.connect(client, address), 'WSAEWOULDBLOCK');
      let writable = false;
      rig.watch(client, { write: true }, () => {
        writable = true;
      });
      await turns();
      assert.equal(writable, false);
      refused(rig.provider.finishConnect(client), 'WSAEWOULDBLOCK');
    });
  }

  suite.case('watch: close and abort throw while one is active', async (rig) => {
    const { client } = await rig.pair();
    const watch = rig.watch(client, { read: true }, () => assert.fail('nothing to read'));
    assert.throws(() => rig.provider.close(client), Error);
    assert.throws(() => rig.provider.abort(client), Error);
    value(rig.provider.getPeerName(client));
    watch.stop();
    rig.close(client);
  });

  suite.case('watch: a closed handle is WSAENOTSOCK', (rig) => {
    const handle = rig.stream();
    rig.close(handle);
    refused(
      rig.provider.watch(handle, { read: true }, () => assert.fail('no such socket')),
      'WSAENOTSOCK',
    );
  });

  suite.case('watch: wakes even without a reference to the watch', async (rig) => {
    const { client, server } = await rig.pair();
    const gc = collector();
    let woken = false;
    value(
      rig.provider.watch(server, { read: true }, () => {
        woken = true;
      }),
    );
    for (let i = 0; i < 3; i++) {
      gc();
      await turn();
    }
    await rig.sendAll(client, bytes('x'));
    await rig.until('the watch wakes', () => woken);
  });

  suite.case('watch: a closed socket does not wake the watch of a new one', async (rig) => {
    for (let i = 0; i < 20; i++) {
      const { client, server } = await withBytes(rig);
      const stopped = rig.watch(server, { read: true }, () => assert.fail('was stopped'));
      stopped.stop();
      rig.close(server);
      const fresh = await rig.pair();
      let woken = false;
      const watch = rig.watch(fresh.server, { read: true }, () => {
        woken = true;
      });
      await turns(2);
      assert.equal(woken, false);
      watch.stop();
      rig.close(client);
    }
  });
};
