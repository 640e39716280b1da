import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Tombstones } from '../../../src/daemon/ids/tombstones.js';

test('for each owner the newest tombstones are remembered, up to the limit', () => {
  const most = 3;
  const stones = new Tombstones(most);
  for (let n = 1; n <= 1000; n++) {
    for (const owner of ['alice', 'bob']) {
      stones.add(owner, `${owner} ${n}`, { reason: 'closed' });
      for (let back = 0; back <= most; back++) {
        const known = stones.of(owner, `${owner} ${n - back}`);
        assert.equal(known?.reason, back < most && back < n ? 'closed' : undefined, `${back} before ${n}`);
      }
    }
  }
  assert.equal(stones.of('bob', 'alice 1000'), undefined, 'an owner does not see ids of others');
});
