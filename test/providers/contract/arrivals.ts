import assert from 'node:assert/strict';
import type { Arrivals, Handle } from '../../../src/providers/provider.js';
import { bytes, type Rig, refused, turn, value } from './rig.js';
import type { Suite } from './suite.js';

const of = (rig: Rig): Arrivals => {
  assert.ok(rig.provider.arrivals);
  return rig.provider.arrivals;
};

const waits = async (rig: Rig, s: Handle, much: number): Promise<void> =>
  rig.until(`${much} wait`, () => value(of(rig).waiting(s)) === much);

/** Watches, and counts the wakes. */
const watched = (rig: Rig, s: Handle, moreThan: number) => {
  const seen = { wakes: 0 };
  const watch = value(of(rig).watch(s, moreThan, () => seen.wakes++));
  return { seen, watch };
};

const turns = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await turn();
};

/** The rules of arrivals, for providers whose network events the daemon emulates. */
export const arrivals = (suite: Suite): void => {
  suite.case('arrivals: a provider has either arrivals or native network events', (rig) => {
    assert.notEqual(rig.provider.arrivals === undefined, rig.provider.networkEvents === undefined);
  });
  if (suite.hasNativeEvents) return;

  suite.case('arrivals: more bytes than the pending ones wake once', async (rig) => {
    const { client, server } = await rig.pair();
    assert.equal(value(of(rig).waiting(server)), 0);
    await rig.sendAll(client, bytes('one'));
    await waits(rig, server, 3);
    const { seen } = watched(rig, server, 3);
    await turns();
    assert.equal(seen.wakes, 0, 'they wait already');
    await rig.sendAll(client, bytes('two'));
    assert.equal(seen.wakes, 0, 'never inside the call');
    await rig.until('the watch wakes', () => seen.wakes > 0);
    await rig.sendAll(client, bytes('three'));
    await waits(rig, server, 11);
    await turns();
    assert.equal(seen.wakes, 1);
  });

  suite.case('arrivals: bytes that are pending when the watch begins count', async (rig) => {
    const { client, server } = await rig.pair();
    await rig.sendAll(client, bytes('both'));
    await waits(rig, server, 4);
    const { seen } = watched(rig, server, 2);
    assert.equal(seen.wakes, 0, 'never inside the call');
    await rig.until('the watch wakes', () => seen.wakes === 1);
  });

  suite.case('arrivals: a further connection wakes while another is pending', async (rig) => {
    const listener = rig.listener();
    rig.begin(rig.stream(), listener.address);
    await waits(rig, listener.handle, 1);
    const { seen } = watched(rig, listener.handle, 1);
    await turns();
    assert.equal(seen.wakes, 0);
    rig.begin(rig.stream(), listener.address);
    await rig.until('the watch wakes', () => seen.wakes === 1);
    assert.equal(value(of(rig).waiting(listener.handle)), 2);
    await rig.accept(listener.handle);
    assert.equal(value(of(rig).waiting(listener.handle)), 1);
  });

  suite.case('arrivals: neither the end nor a reset of the peer is an arrival', async (rig) => {
    const [ends, resets] = [await rig.pair(), await rig.pair()];
    for (const { client, server } of [ends, resets]) {
      await rig.sendAll(client, bytes('x'));
      await waits(rig, server, 1);
    }
    const watches = [ends, resets].map(({ server }) => watched(rig, server, 1));
    value(rig.provider.shutdown(ends.client, 'SD_SEND'));
    rig.abort(resets.client);
    for (const { server } of [ends, resets]) await rig.ready(server, { hangup: true });
    await turns();
    for (const { seen, watch } of watches) {
      assert.equal(seen.wakes, 0);
      watch.stop();
    }
  });

  suite.case('arrivals: a watch can be stopped and begun again', async (rig) => {
    const { client, server } = await rig.pair();
    const { seen, watch } = watched(rig, server, 0);
    assert.throws(() => rig.provider.close(server), Error);
    assert.throws(() => rig.provider.abort(server), Error);
    watch.stop();
    watch.stop();
    await rig.sendAll(client, bytes('x'));
    await waits(rig, server, 1);
    await turns();
    assert.equal(seen.wakes, 0);
    const again = watched(rig, server, 0);
    await rig.until('the watch wakes', () => again.seen.wakes === 1);
    rig.close(server);
  });

  suite.case('arrivals: a closed handle is WSAENOTSOCK', (rig) => {
    const closed = rig.stream();
    assert.equal(value(of(rig).waiting(closed)), 0);
    rig.close(closed);
    refused(of(rig).waiting(closed), 'WSAENOTSOCK');
    refused(
      of(rig).watch(closed, 0, () => assert.fail('no such socket')),
      'WSAENOTSOCK',
    );
  });
};
