import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { value } from '../contract/rig.js';
import { rigOf } from './rig-of.js';

/** What an accepted socket inherits from its listener. */

describe('accepted sockets', () => {
  it('have a separate copy of the options that Linux does not keep', async (t) => {
    const rig = rigOf(t);
    const listener = rig.listener();
    value(rig.provider.setSockOpt(listener.handle, 'TCP_MAXRT', 30));
    rig.begin(rig.stream(), listener.address);
    const { handle } = await rig.accept(listener.handle);
    assert.equal(value(rig.provider.getSockOpt(handle, 'TCP_MAXRT')), 30);
    value(rig.provider.setSockOpt(handle, 'TCP_MAXRT', 5));
    assert.equal(value(rig.provider.getSockOpt(listener.handle, 'TCP_MAXRT')), 30);
  });

  it('report the address use and the buffer sizes of their listener', async (t) => {
    const rig = rigOf(t);
    const exclusive = rig.stream();
    const given = { SO_EXCLUSIVEADDRUSE: true, SO_SNDBUF: 20_000, SO_RCVBUF: 30_000 } as const;
    for (const option of ['SO_EXCLUSIVEADDRUSE', 'SO_SNDBUF', 'SO_RCVBUF'] as const) {
      value(rig.provider.setSockOpt(exclusive, option, given[option]));
    }
    const address = rig.bind(exclusive);
    value(rig.provider.listen(exclusive, 5));
    rig.begin(rig.stream(), address);
    const { handle } = await rig.accept(exclusive);
    for (const option of ['SO_EXCLUSIVEADDRUSE', 'SO_SNDBUF', 'SO_RCVBUF'] as const) {
      assert.equal(value(rig.provider.getSockOpt(handle, option)), given[option], option);
    }
  });

  it('report that their listener shares its address', async (t) => {
    const rig = rigOf(t);
    const shared = rig.stream();
    value(rig.provider.setSockOpt(shared, 'SO_REUSEADDR', true));
    const address = rig.bind(shared);
    value(rig.provider.listen(shared, 5));
    rig.begin(rig.stream(), address);
    const { handle } = await rig.accept(shared);
    assert.equal(value(rig.provider.getSockOpt(handle, 'SO_REUSEADDR')), true);
  });
});
