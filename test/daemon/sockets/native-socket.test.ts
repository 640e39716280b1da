import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { FaultRule } from '../../../src/daemon/faults/faults.js';
import { NativeSocket } from '../../../src/daemon/sockets/native-socket.js';
import { Signal } from '../../../src/daemon/waiting/signal.js';
import type { Handle, Readiness } from '../../../src/providers/provider.js';
import { v4 } from '../../addresses.js';
import { codeOf, failure, Lab, value } from '../../providers/lab/support.js';
import { effectOf } from '../faults/effect-of.js';

const FREEZE = new FaultRule(
  1,
  { moment: { kind: 'each' }, effect: effectOf('freeze', { freezeMs: 100 }) },
  0,
);

const setup = (t: TestContext, handleOf: (lab: Lab) => Handle) => {
  const lab = new Lab(t);
  const codes: number[] = [];
  const named = {
    frozenBy: undefined as FaultRule | undefined,
    changes: new Signal(),
    sawCode: (code: number) => void codes.push(code),
  };
  const native = new NativeSocket(lab.provider, handleOf(lab), named);
  const recv = () => native.take((provider, s) => provider.recv(s, new Uint8Array(8), 0));
  const woken: Readiness[] = [];
  const watch = (want: Readiness) => value(native.watch(want, (seen) => woken.push(seen)));
  return { lab, codes, named, native, recv, woken, watch };
};

/** A connected socket for which a byte has arrived. */
const withByte = (lab: Lab): Handle => {
  const { client, server } = lab.connected();
  lab.send(server, 'x');
  lab.clock.settle();
  return client;
};

test('the code of a failure is noted, a success is not', (t) => {
  const { native, codes } = setup(t, (lab) => lab.socket());
  failure(
    native.use((provider, s) => provider.getSockName(s)),
    'WSAEINVAL',
  );
  value(native.use((provider, s) => provider.bind(s, v4('127.0.0.1', 0))));
  assert.deepEqual(codes, [codeOf('WSAEINVAL')]);
});

test('while a fault hides what has arrived, a take finds nothing and leaves it where it is', (t) => {
  const { recv, named, codes } = setup(t, withByte);
  named.frozenBy = FREEZE;
  failure(recv(), 'WSAEWOULDBLOCK');
  assert.deepEqual(codes, [], 'the provider was not asked');
  named.frozenBy = undefined;
  assert.equal(value(recv()).bytes, 1);
});

test('what a fault hides wakes nobody; the end of that does, once', (t) => {
  const { lab, named, woken, watch } = setup(t, withByte);
  named.frozenBy = FREEZE;
  watch({ read: true, hangup: true });
  lab.clock.settle();
  named.changes.fire();
  assert.deepEqual(woken, [], 'another change is not the end of it');
  named.frozenBy = undefined;
  for (let times = 0; times < 2; times++) named.changes.fire();
  assert.deepEqual(woken, [{}]);
});

test('room to send is not hidden, and a watch wakes once whatever comes after', (t) => {
  const { lab, named, woken, watch } = setup(t, withByte);
  named.frozenBy = FREEZE;
  watch({ read: true, write: true });
  lab.clock.settle();
  named.frozenBy = undefined;
  named.changes.fire();
  assert.deepEqual(woken, [{ write: true }]);
});

test('a watch that was stopped while frozen wakes no more', (t) => {
  const { lab, named, woken, watch } = setup(t, withByte);
  named.frozenBy = FREEZE;
  watch({ read: true, write: true }).stop();
  lab.clock.settle();
  named.frozenBy = undefined;
  named.changes.fire();
  assert.deepEqual(woken, []);
});

test('after an abort the provider does not see the handle any more: the connection is lost', (t) => {
  let peer: Handle | undefined;
  const { lab, native, recv } = setup(t, (own) => {
    const { client, server } = own.connected();
    peer = server;
    return client;
  });
  value(native.abort());
  lab.clock.settle();
  assert.ok(peer);
  failure(lab.provider.recv(peer, new Uint8Array(8), 0), 'WSAECONNRESET');
  failure(recv(), 'WSAECONNRESET');
  value(native.use((provider, s) => provider.close(s)));
  assert.equal(native.providerName, 'lab');
});
