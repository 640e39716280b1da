import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { value } from '../contract/case-sockets.js';
import { posixSockets } from './posix-sockets.js';

/** Times of SIO_KEEPALIVE_VALS in whole seconds, as on Linux. */

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
