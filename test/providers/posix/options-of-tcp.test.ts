import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OptionName } from '../../../src/winsock/options.js';
import { refused, value } from '../contract/case-sockets.js';
import { posixSockets } from './posix-sockets.js';

/** Keep-alive has smaller numbers on Linux than on Windows, and whole seconds: docs/operations.md. */

describe('SIO_KEEPALIVE_VALS', () => {
  for (const { ms, seconds } of [
    { ms: 0, seconds: 1 },
    { ms: 1000, seconds: 1 },
    { ms: 1001, seconds: 2 },
    { ms: 2500, seconds: 3 },
    { ms: 32_767_000, seconds: 32_767 },
    { ms: 0xffffffff, seconds: 32_767 },
  ]) {
    it(`${ms} ms are ${seconds} s: not less than requested, and within the limits of Linux`, (t) => {
      const sockets = posixSockets(t);
      const handle = sockets.stream();
      const values = { onoff: true, keepalivetime: ms, keepaliveinterval: ms };
      value(sockets.provider.setKeepAlive(handle, values));
      assert.equal(value(sockets.provider.getSockOpt(handle, 'TCP_KEEPIDLE')), seconds);
      assert.equal(value(sockets.provider.getSockOpt(handle, 'TCP_KEEPINTVL')), seconds);
    });
  }
});

describe('keep-alive options', () => {
  for (const [option, most] of [
    ['TCP_KEEPCNT', 127],
    ['TCP_KEEPIDLE', 32_767],
    ['TCP_KEEPINTVL', 32_767],
  ] as const satisfies readonly [OptionName, number][]) {
    it(`${option} of more than ${most} is WSAEINVAL`, (t) => {
      const sockets = posixSockets(t);
      const handle = sockets.stream();
      value(sockets.provider.setSockOpt(handle, option, most));
      refused(sockets.provider.setSockOpt(handle, option, most + 1), 'WSAEINVAL');
      assert.equal(value(sockets.provider.getSockOpt(handle, option)), most);
    });
  }
});
