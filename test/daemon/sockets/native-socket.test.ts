import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { NativeSocket } from '../../../src/daemon/sockets/native-socket.js';
import { Signal } from '../../../src/daemon/waiting/signal.js';
import type { Handle } from '../../../src/providers/provider.js';
import { v4 } from '../../addresses.js';
import { codeOf, failure, Lab, value } from '../../providers/lab/support.js';

const setup = (t: TestContext, handleOf: (lab: Lab) => Handle) => {
  const lab = new Lab(t);
  const codes: number[] = [];
  const named = {
    changes: new Signal(),
    noteFailure: (code: number) => void codes.push(code),
  };
  const native = new NativeSocket(lab.provider, handleOf(lab), named);
  const recv = () => native.use((provider, s) => provider.recv(s, new Uint8Array(8), 0));
  return { lab, codes, native, recv };
};

test('use notes the code of a failure, and nothing of a success', (t) => {
  const { native, codes } = setup(t, (lab) => lab.socket());
  failure(
    native.use((provider, s) => provider.getSockName(s)),
    'WSAEINVAL',
  );
  value(native.use((provider, s) => provider.bind(s, v4('127.0.0.1', 0))));
  assert.deepEqual(codes, [codeOf('WSAEINVAL')]);
});

test('after an abort no call reaches the provider, and calls answer that the connection is lost', (t) => {
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
