import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LAB_ENTRIES } from '../../../src/providers/lab/catalog.js';
import type { LabClock } from '../../../src/providers/lab/clock.js';
import { LabProvider } from '../../../src/providers/lab/lab-provider.js';
import { LabNetwork } from '../../../src/providers/lab/network.js';
import type { Readiness } from '../../../src/providers/provider.js';
import { v4 } from '../../addresses.js';
import { bytes, failure, Lab, value } from './support.js';

describe('watches', () => {
  it('wake in a later turn, even when the condition holds already', (t) => {
    const lab = new Lab(t);
    const { client } = lab.connected();
    const { seen } = lab.watch(client, { write: true, read: true });
    assert.deepEqual(seen, []);
    lab.clock.turn();
    assert.deepEqual(seen, [{ write: true }]);
  });

  it('never wake inside the call that caused them', (t) => {
    const lab = new Lab(t);
    const { client, server } = lab.connected();
    const { seen } = lab.watch(server, { read: true });
    lab.clock.settle();
    lab.send(client, 'x');
    assert.deepEqual(seen, []);
    lab.clock.turn();
    assert.deepEqual(seen, [{ read: true }]);
  });

  it('wake once', (t) => {
    const lab = new Lab(t);
    const { client, server } = lab.connected();
    const { seen } = lab.watch(server, { read: true });
    lab.send(client, 'x');
    lab.send(client, 'y');
    lab.clock.settle();
    lab.send(client, 'z');
    lab.clock.settle();
    assert.equal(seen.length, 1);
  });

  it('go on when another call has taken the data', (t) => {
    const lab = new Lab(t);
    const { client, server } = lab.connected();
    const { seen } = lab.watch(server, { read: true });
    lab.send(client, 'x');
    lab.recv(server);
    lab.clock.settle();
    assert.deepEqual(seen, []);
    lab.send(client, 'y');
    lab.clock.settle();
    assert.deepEqual(seen, [{ read: true }]);
  });

  it('stop at once: a scheduled wake does not come', (t) => {
    const lab = new Lab(t);
    const { client, server } = lab.connected();
    const watch = lab.watch(server, { read: true });
    lab.send(client, 'x');
    watch.stop();
    watch.stop();
    lab.clock.settle();
    assert.deepEqual(watch.seen, []);
    value(lab.provider.close(server));
  });

  it('can be many on one handle, and one wake can stop another watch', (t) => {
    const lab = new Lab(t);
    const { client, server } = lab.connected();
    const order: string[] = [];
    const second = { stop: () => {} };
    value(
      lab.provider.watch(server, { read: true }, () => {
        order.push('first');
        second.stop();
      }),
    );
    const watch = value(lab.provider.watch(server, { read: true }, () => order.push('second')));
    second.stop = () => watch.stop();
    value(lab.provider.watch(server, { read: true }, () => order.push('third')));
    lab.send(client, 'x');
    lab.clock.settle();
    assert.deepEqual(order, ['first', 'third']);
  });

  it('close and abort throw while one is active, even one with a scheduled wake', (t) => {
    const lab = new Lab(t);
    const { client, server } = lab.connected();
    const watch = lab.watch(client, { read: true });
    assert.throws(() => lab.provider.close(client), /watch is live/);
    assert.throws(() => lab.provider.abort(client), /watch is live/);
    lab.send(server, 'x');
    assert.throws(() => lab.provider.close(client), /watch is live/);
    watch.stop();
    value(lab.provider.close(client));
  });

  it('a wake can close its socket', (t) => {
    const lab = new Lab(t);
    const { client } = lab.connected();
    let closed = false;
    value(
      lab.provider.watch(client, { write: true }, () => {
        closed = lab.provider.close(client).ok;
      }),
    );
    lab.clock.settle();
    assert.ok(closed);
  });

  it('dispose stops them all', (t) => {
    const lab = new Lab(t);
    const { client, server } = lab.connected();
    const { seen } = lab.watch(server, { read: true });
    lab.send(client, 'x');
    lab.provider.dispose();
    lab.clock.settle();
    assert.deepEqual(seen, []);
    failure(lab.provider.close(server), 'WSAENOTSOCK');
  });

  it('write: room in the buffers of a full connection', (t) => {
    const lab = new Lab(t);
    const { client, server } = lab.connected();
    value(lab.provider.send(client, new Uint8Array(131_072), 0));
    const { seen } = lab.watch(client, { write: true });
    lab.clock.settle();
    assert.deepEqual(seen, []);
    lab.recv(server, 1);
    lab.clock.settle();
    assert.deepEqual(seen, [{ write: true }]);
  });

  it('write: a larger SO_SNDBUF makes room too', (t) => {
    const lab = new Lab(t);
    const { client } = lab.connected();
    value(lab.provider.send(client, new Uint8Array(131_072), 0));
    const { seen } = lab.watch(client, { write: true });
    value(lab.provider.setSockOpt(client, 'SO_SNDBUF', 100_000));
    lab.clock.settle();
    assert.deepEqual(seen, [{ write: true }]);
  });

  it('read: a pending connection of a listener', (t) => {
    const lab = new Lab(t);
    const { listener, at } = lab.listener();
    const { seen } = lab.watch(listener, { read: true, write: true });
    lab.dial(at);
    lab.clock.settle();
    assert.deepEqual(seen, [{ read: true }]);
  });

  it('hangup: the end of the peer, before the remaining bytes are read', (t) => {
    const lab = new Lab(t);
    const { client, server } = lab.connected();
    const { seen } = lab.watch(server, { hangup: true });
    lab.send(client, 'unread');
    lab.clock.settle();
    assert.deepEqual(seen, []);
    value(lab.provider.sendDisconnect(client));
    lab.clock.settle();
    assert.deepEqual(seen, [{ hangup: true }]);
    assert.equal(lab.recv(server), 'unread');
  });

  it('after a reset every condition holds', (t) => {
    const lab = new Lab(t);
    const { client, server } = lab.connected();
    const { seen } = lab.watch(server, { read: true, hangup: true });
    value(lab.provider.abort(client));
    lab.clock.settle();
    assert.deepEqual(seen, [{ read: true, hangup: true }]);
  });

  it('a socket that was never connected is not ready', (t) => {
    const lab = new Lab(t);
    const { seen, stop } = lab.watch(lab.socket(), { read: true, write: true, hangup: true });
    lab.clock.settle();
    assert.deepEqual(seen, []);
    stop();
  });

  it('work with the clock of the process', async (t) => {
    const clock: LabClock = {
      now: () => performance.now(),
      setImmediate: (run) => void setImmediate(run),
      setTimeout: (ms, run) => {
        const timer = setTimeout(run, ms);
        return { clear: () => clearTimeout(timer) };
      },
    };
    const provider = new LabProvider(new LabNetwork({ clock }));
    t.after(() => provider.dispose());
    const [tp4] = LAB_ENTRIES;
    assert.ok(tp4);
    const [listener, client] = [value(provider.socket(tp4, 0)), value(provider.socket(tp4, 0))];
    value(provider.bind(listener, v4('127.0.0.1', 80)));
    value(provider.listen(listener, 1));
    failure(provider.connect(client, v4('127.0.0.1', 80)), 'WSAEWOULDBLOCK');
    const seen = await new Promise<Readiness>((resolve) => {
      value(provider.watch(client, { write: true }, resolve));
    });
    assert.deepEqual(seen, { write: true });
    value(provider.finishConnect(client));
    assert.equal(value(provider.send(client, bytes('x'), 0)), 1);
  });
});
