import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { value } from '../contract/case-sockets.js';
import { posixSockets } from './posix-sockets.js';

/** What an accepted socket inherits from its listener. */

describe('accepted sockets', () => {
  it('have a separate copy of the options that Linux does not keep', async (t) => {
    const sockets = posixSockets(t);
    const listener = sockets.listener();
    value(sockets.provider.setSockOpt(listener.handle, 'TCP_MAXRT', 30));
    sockets.begin(sockets.stream(), listener.address);
    const { handle } = await sockets.accept(listener.handle);
    assert.equal(value(sockets.provider.getSockOpt(handle, 'TCP_MAXRT')), 30);
    value(sockets.provider.setSockOpt(handle, 'TCP_MAXRT', 5));
    assert.equal(value(sockets.provider.getSockOpt(listener.handle, 'TCP_MAXRT')), 30);
  });

  it('report the address use and the buffer sizes of their listener', async (t) => {
    const sockets = posixSockets(t);
    const exclusive = sockets.stream();
    const given = { SO_EXCLUSIVEADDRUSE: true, SO_SNDBUF: 20_000, SO_RCVBUF: 30_000 } as const;
    for (const option of ['SO_EXCLUSIVEADDRUSE', 'SO_SNDBUF', 'SO_RCVBUF'] as const) {
      value(sockets.provider.setSockOpt(exclusive, option, given[option]));
    }
    const address = sockets.bind(exclusive);
    value(sockets.provider.listen(exclusive, 5));
    sockets.begin(sockets.stream(), address);
    const { handle } = await sockets.accept(exclusive);
    for (const option of ['SO_EXCLUSIVEADDRUSE', 'SO_SNDBUF', 'SO_RCVBUF'] as const) {
      assert.equal(value(sockets.provider.getSockOpt(handle, option)), given[option], option);
    }
  });

  it('report that their listener shares its address', async (t) => {
    const sockets = posixSockets(t);
    const shared = sockets.stream();
    value(sockets.provider.setSockOpt(shared, 'SO_REUSEADDR', true));
    const address = sockets.bind(shared);
    value(sockets.provider.listen(shared, 5));
    sockets.begin(sockets.stream(), address);
    const { handle } = await sockets.accept(shared);
    assert.equal(value(sockets.provider.getSockOpt(handle, 'SO_REUSEADDR')), true);
  });
});
