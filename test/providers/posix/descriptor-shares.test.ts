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
