import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FurtherArrivals } from '../../../src/daemon/sockets/further-arrivals.js';
import { NativeSocket } from '../../../src/daemon/sockets/native-socket.js';
import { UnderlyingSocket } from '../../../src/daemon/sockets/underlying-socket.js';
import type { Handle } from '../../../src/providers/provider.js';
import { NETWORK_EVENTS } from '../../../src/winsock/constants.js';
import { Lab, value } from '../../providers/lab/support.js';
import { unlimitedAccount } from '../memory/unlimited-account.js';

const { FD_READ, FD_ACCEPT } = NETWORK_EVENTS;

/** A socket whose event was recorded and fetched, and that watches for further arrivals. */
const fetched = (lab: Lab, handle: Handle, state: 'listening' | 'connected', event: number) => {
  const underlying = new UnderlyingSocket(true, 'fresh', unlimitedAccount());
  underlying.become(state);
  const { events } = underlying;
  const socket = new NativeSocket(lab.provider, handle, underlying);
  const further = new FurtherArrivals();
  events.select(event);
  events.record(new Map([[event, 0]]));
  further.noteFetched(socket, events.take().events);
  const seen = { wakes: 0 };
  const watch = () => value(further.watch(socket, () => seen.wakes++));
  watch();
  return { underlying, events, socket, further, seen, watch };
};

test('more bytes enable FD_READ again', (t) => {
  const lab = new Lab(t);
  const { client, server } = lab.connected();
  lab.send(client, 'one');
  lab.clock.settle();
  const { events, socket, further, seen } = fetched(lab, server, 'connected', FD_READ);
  further.enableAgain(socket);
  assert.deepEqual([events.fetched, seen.wakes], [FD_READ, 0]);
  lab.send(client, 'two');
  lab.clock.settle();
  assert.equal(seen.wakes, 1);
  further.enableAgain(socket);
  assert.deepEqual([events.fetched, events.armed], [0, FD_READ]);
});

test('a connection that the daemon holds is not a further arrival, and the next one is', (t) => {
  const lab = new Lab(t);
  const { listener, at } = lab.listener();
  lab.dial(at);
  lab.clock.settle();
  const { underlying, events, socket, further, seen, watch } = fetched(lab, listener, 'listening', FD_ACCEPT);
  value(underlying.inbound.peekAccept(socket));
  further.enableAgain(socket);
  watch();
  assert.equal(events.fetched, FD_ACCEPT);
  lab.dial(at);
  lab.clock.settle();
  assert.equal(seen.wakes, 1);
  further.enableAgain(socket);
  assert.equal(events.armed, FD_ACCEPT);
});

test('nothing is watched after the event was enabled, or after receiving was shut down', (t) => {
  const lab = new Lab(t);
  const { client, server } = lab.connected();
  lab.send(client, 'x');
  lab.clock.settle();
  const { underlying, events, seen, watch } = fetched(lab, server, 'connected', FD_READ);
  underlying.receiveShutdown = true;
  watch();
  lab.send(client, 'y');
  lab.clock.settle();
  underlying.receiveShutdown = false;
  events.enable(FD_READ);
  watch();
  lab.clock.settle();
  assert.equal(seen.wakes, 0);
});
