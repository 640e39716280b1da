import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { packed, unpacked } from '../../src/winsock/control-data.js';
import {
  type ControlMessage,
  canBeSent,
  fitting,
  isControlSwitch,
  messagesOf,
} from '../../src/winsock/control-messages.js';

const objects = fc.array(
  fc.record({
    level: fc.integer({ min: 0, max: 300 }),
    type: fc.integer({ min: 0, max: 300 }),
    data: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  }),
  { maxLength: 16 },
);

describe('control data', () => {
  it('are unpacked as they were packed', () => {
    fc.assert(
      fc.property(objects, (given) => {
        const bytes = packed(given);
        assert.equal(bytes.length % 8, 0);
        assert.deepEqual(
          unpacked(bytes),
          given.map((one) => ({ ...one })),
        );
      }),
    );
  });

  it('end at the first incomplete object', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const { data } of unpacked(Buffer.from(bytes))) assert.ok(data.length < bytes.length);
      }),
    );
    const two = packed([
      { level: 0, type: 4, data: Buffer.alloc(4) },
      { level: 0, type: 3, data: Buffer.alloc(4) },
    ]);
    assert.equal(unpacked(two.subarray(0, -5)).length, 1);
  });
});

const TTL: ControlMessage = { type: 'IP_TTL', value: 64 };
const INFO: ControlMessage = { type: 'IP_PKTINFO', address: '127.0.0.1', interfaceIndex: 1 };

describe('control messages', () => {
  it('fit completely or not at all, in order', () => {
    assert.deepEqual(fitting([TTL, INFO], 48), { control: [TTL, INFO], cut: false });
    assert.deepEqual(fitting([TTL, INFO], 47), { control: [TTL], cut: true });
    assert.deepEqual(fitting([TTL, INFO], 23), { control: [], cut: true });
    assert.deepEqual(fitting([], 0), { control: [], cut: false });
  });

  it('are made for the enabled options', () => {
    const facts = {
      family: 'AF_INET',
      address: '127.0.0.1',
      interfaceIndex: 1,
      hops: 64,
      trafficClass: 0x2b,
    } as const;
    const all = messagesOf(facts, () => true);
    assert.deepEqual(all, [
      INFO,
      TTL,
      { type: 'IP_TOS', value: 0x2b },
      { type: 'IP_ECN', value: 3 },
      { type: 'IP_ORIGINAL_ARRIVAL_IF', interfaceIndex: 1 },
    ]);
    assert.deepEqual(
      messagesOf(facts, (option) => option === 'IP_RECVTTL'),
      [TTL],
    );
    assert.deepEqual(
      messagesOf({ family: 'AF_INET6' }, () => true),
      [],
    );
  });

  it('can be sent with a datagram of their family and a value in range', () => {
    assert.ok(canBeSent(INFO, 'AF_INET') && canBeSent(TTL, 'AF_INET'));
    assert.ok(!canBeSent(INFO, 'AF_INET6') && !canBeSent({ type: 'IP_TTL', value: 0 }, 'AF_INET'));
    assert.ok(canBeSent({ type: 'IPV6_ECN', value: 2 }, 'AF_INET6'));
    assert.ok(!canBeSent({ type: 'IPV6_ECN', value: 3 }, 'AF_INET6'));
    assert.ok(!canBeSent({ type: 'IP_ORIGINAL_ARRIVAL_IF', interfaceIndex: 1 }, 'AF_INET'));
  });

  it('are each enabled by an option', () => {
    assert.ok(isControlSwitch('IP_RECVTTL') && !isControlSwitch('IP_TTL'));
  });
});
