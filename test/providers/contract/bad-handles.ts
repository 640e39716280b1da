import assert from 'node:assert/strict';
import type { Handle, Provider } from '../../../src/providers/provider.js';
import type { Outcome } from '../../../src/winsock/outcome.js';
import { bytes, loopback, refused } from './case-sockets.js';
import type { Suite } from './suite.js';

const CALLS: Readonly<Record<string, (p: Provider, s: Handle) => Outcome<unknown>>> = {
  bind: (p, s) => p.bind(s, loopback()),
  listen: (p, s) => p.listen(s, 5),
  accept: (p, s) => p.accept(s),
  connect: (p, s) => p.connect(s, loopback('AF_INET', 9)),
  finishConnect: (p, s) => p.finishConnect(s),
  send: (p, s) => p.send(s, bytes('x'), 0),
  sendTo: (p, s) => p.sendTo(s, bytes('x'), 0, loopback('AF_INET', 9)),
  recv: (p, s) => p.recv(s, new Uint8Array(1), 0),
  recvFrom: (p, s) => p.recvFrom(s, new Uint8Array(1), 0),
  shutdown: (p, s) => p.shutdown(s, 'SD_BOTH'),
  sendDisconnect: (p, s) => p.sendDisconnect(s),
  recvDisconnect: (p, s) => p.recvDisconnect(s),
  getSockName: (p, s) => p.getSockName(s),
  getPeerName: (p, s) => p.getPeerName(s),
  getSockOpt: (p, s) => p.getSockOpt(s, 'SO_TYPE'),
  setSockOpt: (p, s) => p.setSockOpt(s, 'SO_KEEPALIVE', true),
  ioctl: (p, s) => p.ioctl(s, 'SIO_UDP_CONNRESET', [0]),
  available: (p, s) => p.available(s),
  watch: (p, s) => p.watch(s, { read: true }, () => assert.fail('no such socket')),
  duplicate: (p, s) => p.duplicate(s),
  unsent: (p, s) => p.unsent(s),
  close: (p, s) => p.close(s),
  abort: (p, s) => p.abort(s),
};

/**
 * Numbers that name no socket, among them descriptors of the process, and numbers that an FFI would truncate
 * to one.
 */
const NUMBERS = [-1, 0, 1, 2, 1.5, Number.NaN, 0x7ffffff0, 2 ** 32, 2 ** 40, Number.MAX_SAFE_INTEGER];

/** For every call a handle that is no open socket of the provider is WSAENOTSOCK. */
export const badHandles = (suite: Suite): void => {
  for (const [name, call] of Object.entries(CALLS)) {
    suite.case(`bad handles: ${name}`, (sockets) => {
      const closed = sockets.stream();
      sockets.close(closed);
      // Not handles of any provider, on purpose.
      for (const handle of [closed, ...(NUMBERS as Handle[])])
        refused(call(sockets.provider, handle), 'WSAENOTSOCK');
    });
  }
};
