import assert from 'node:assert/strict';
import type { Arrivals, Handle } from '../../../src/providers/provider.js';
import { bytes, type CaseSockets, refused, turn, value } from './case-sockets.js';
import type { Suite } from './suite.js';

const of = (sockets: CaseSockets): Arrivals => {
  assert.ok(sockets.provider.arrivals);
  return sockets.provider.arrivals;
};

const waits = async (sockets: CaseSockets, s: Handle, much: number): Promise<void> =>
  sockets.until(`${much} wait`, () => value(of(sockets).waiting(s)) === much);

/** Watches, and counts the wakes. */
const watched = (sockets: CaseSockets, s: Handle, moreThan: number) => {
  const seen = { wakes: 0 };
  const watch = value(of(sockets).watch(s, moreThan, () => seen.wakes++));
  return { seen, watch };
};

const turns = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await turn();
};

/** The rules of arrivals, for providers whose network events the daemon emulates. */
export const arrivals = (suite: Suite): void => {
  suite.case('arrivals: a provider has either arrivals or native network events', (sockets) => {
    assert.notEqual(sockets.provider.arrivals === undefined, sockets.provider.networkEvents === undefined);
  });
  if (suite.hasNativeEvents) return;

  suite.case('arrivals: more bytes than the pending ones wake once', async (sockets) => {
    const { client, server } = await sockets.pair();
    assert.equal(value(of(sockets).waiting(server)), 0);
    await sockets.sendAll(client, bytes('one'));
    await waits(sockets, server, 3);
    const { seen } = watched(sockets, server, 3);
    await turns();
    assert.equal(seen.wakes, 0, 'they wait already');
    await sockets.sendAll(client, bytes('two'));
    assert.equal(seen.wakes, 0, 'never inside the call');
    await sockets.until('the watch wakes', () => seen.wakes > 0);
    await sockets.sendAll(client, bytes('three'));
    await waits(sockets, server, 11);
    await turns();
    assert.equal(seen.wakes, 1);
  });

  suite.case('arrivals: bytes that are pending when the watch begins count', async (sockets) => {
    const { client, server } = await sockets.pair();
    await sockets.sendAll(client, bytes('both'));
    await waits(sockets, server, 4);
    const { seen } = watched(sockets, server, 2);
    assert.equal(seen.wakes, 0, 'never inside the call');
    await sockets.until('the watch wakes', () => seen.wakes === 1);
  });

  suite.case('arrivals: a further connection wakes while another is pending', async (sockets) => {
    const listener = sockets.listener();
    sockets.begin(sockets.stream(), listener.address);
    await waits(sockets, listener.handle, 1);
    const { seen } = watched(sockets, listener.handle, 1);
    await turns();
    assert.equal(seen.wakes, 0);
    sockets.begin(sockets.stream(), listener.address);
    await sockets.until('the watch wakes', () => seen.wakes === 1);
    assert.equal(value(of(sockets).waiting(listener.handle)), 2);
    await sockets.accept(listener.handle);
    assert.equal(value(of(sockets).waiting(listener.handle)), 1);
  });

  suite.case('arrivals: neither the end nor a reset of the peer is an arrival', async (sockets) => {
    const [ends, resets] = [await sockets.pair(), await sockets.pair()];
    for (const { client, server } of [ends, resets]) {
      await sockets.sendAll(client, bytes('x'));
      await waits(sockets, server, 1);
    }
    const watches = [ends, resets].map(({ server }) => watched(sockets, server, 1));
    value(sockets.provider.shutdown(ends.client, 'SD_SEND'));
    sockets.abort(resets.client);
    for (const { server } of [ends, resets]) await sockets.ready(server, { hangup: true });
    await turns();
    for (const { seen, watch } of watches) {
      assert.equal(seen.wakes, 0);
      watch.stop();
    }
  });

  suite.case('arrivals: a watch can be stopped and begun again', async (sockets) => {
    const { client, server } = await sockets.pair();
    const { seen, watch } = watched(sockets, server, 0);
    assert.throws(() => sockets.provider.close(server), Error);
    assert.throws(() => sockets.provider.abort(server), Error);
    watch.stop();
    watch.stop();
    await sockets.sendAll(client, bytes('x'));
    await waits(sockets, server, 1);
    await turns();
    assert.equal(seen.wakes, 0);
    const again = watched(sockets, server, 0);
    await sockets.until('the watch wakes', () => again.seen.wakes === 1);
    sockets.close(server);
  });

  suite.case('arrivals: a closed handle is WSAENOTSOCK', (sockets) => {
    const closed = sockets.stream();
    assert.equal(value(of(sockets).waiting(closed)), 0);
    sockets.close(closed);
    refused(of(sockets).waiting(closed), 'WSAENOTSOCK');
    refused(
      of(sockets).watch(closed, 0, () => assert.fail('no such socket')),
      'WSAENOTSOCK',
    );
  });
};
