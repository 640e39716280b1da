import assert from 'node:assert/strict';
import { test } from 'node:test';
import { descriptorShares } from '../../../src/providers/posix/descriptor-shares.js';

const LIMITS = { connections: 4096, connectionsPerOwner: 2048, reservedDescriptors: 64 };

test('sockets leave the reserved descriptors free, and connections leave a quarter of these', () => {
  assert.deepEqual(descriptorShares(LIMITS, 20_000), {
    connections: 4096,
    connectionsPerOwner: 2048,
    connectionsBelow: 20_000 - 16,
    socketsBelow: 20_000 - 64,
    others: 4096 + 64,
  });
  assert.equal(descriptorShares({ ...LIMITS, reservedDescriptors: 70 }, 1000).connectionsBelow, 1000 - 17);
});

test('with few files neither connections nor the reserve take more than half', () => {
  assert.deepEqual(
    descriptorShares({ connections: 65_536, connectionsPerOwner: 32_768, reservedDescriptors: 65_536 }, 257),
    {
      connections: 128,
      connectionsPerOwner: 64,
      connectionsBelow: 257 - 32,
      socketsBelow: 257 - 128,
      others: 256,
    },
  );
});

for (const [limits, perOwner] of [
  [{ connections: 16 }, 8],
  [{ connections: 17 }, 8],
  [{ connections: 1024 }, 512],
  [{ connections: 4096, connectionsPerOwner: 65_536 }, 2048],
  [{ connections: 65_536 }, 2048],
  [{ connections: 4096, connectionsPerOwner: 100 }, 100],
] as const) {
  test(`an owner has ${perOwner} connections with ${JSON.stringify(limits)}`, () => {
    assert.equal(descriptorShares({ ...LIMITS, ...limits }, 1_000_000).connectionsPerOwner, perOwner);
  });
}

test('where there are few files an owner has at most half of the connections that there are', () => {
  assert.equal(descriptorShares(LIMITS, 1024).connectionsPerOwner, 256);
  assert.equal(descriptorShares({ ...LIMITS, connectionsPerOwner: 100 }, 1024).connectionsPerOwner, 100);
});

test('a small reserve leaves some descriptors for brief use, and some for connections', () => {
  const shares = descriptorShares({ ...LIMITS, reservedDescriptors: 16 }, 256);
  assert.deepEqual([shares.connectionsBelow, shares.socketsBelow], [256 - 8, 256 - 16]);
});

test('without a limit of the system descriptors have none', () => {
  const { connections, connectionsBelow, socketsBelow } = descriptorShares(LIMITS, Number.POSITIVE_INFINITY);
  assert.equal(connections, 4096);
  assert.equal(connectionsBelow, Number.POSITIVE_INFINITY);
  assert.equal(socketsBelow, Number.POSITIVE_INFINITY);
});
