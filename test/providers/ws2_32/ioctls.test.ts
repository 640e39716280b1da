import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { packed, unacknowledged } from '../../../src/providers/ws2_32/ioctls.js';
import { PLAIN_IOCTLS } from '../../../src/winsock/ioctls.js';

/** TCP_INFO_v0 with the two members that are read. */
const info = (state: number, inFlight: number): Buffer => {
  const b = Buffer.alloc(88, 0xee);
  b.writeInt32LE(state, 0);
  b.writeUInt32LE(inFlight, 28);
  return b;
};

const [ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2, CLOSE_WAIT, CLOSING, LAST_ACK, TIME_WAIT] = [
  4, 5, 6, 7, 8, 9, 10,
];

describe('the number of unacknowledged bytes', () => {
  it('is the bytes in flight or more before our end; unsent bytes are not known', () => {
    assert.equal(unacknowledged(info(ESTABLISHED, 1_000), false), 1_000);
    assert.equal(unacknowledged(info(ESTABLISHED, 0), false), undefined);
    assert.equal(unacknowledged(info(CLOSE_WAIT, 0), false), undefined);
  });

  it('is above 0 until our end is acknowledged, even when nothing is in flight', () => {
    for (const state of [ESTABLISHED, FIN_WAIT_1, CLOSE_WAIT, CLOSING, LAST_ACK]) {
      assert.equal(unacknowledged(info(state, 0), true), 1);
      assert.equal(unacknowledged(info(state, 1_000), true), 1_000);
    }
  });

  it('is 0 when our end is acknowledged', () => {
    for (const state of [FIN_WAIT_2, TIME_WAIT, 0]) assert.equal(unacknowledged(info(state, 0), true), 0);
  });
});

describe('the argument of a plain ioctl', () => {
  it('has its members at the offsets of C', () => {
    const bytes = (request: keyof typeof PLAIN_IOCTLS, ...members: number[]) => [
      ...(packed(PLAIN_IOCTLS[request].takes, members) ?? []),
    ];
    assert.deepEqual(bytes('SIO_FLUSH'), []);
    assert.deepEqual(bytes('SIO_UDP_CONNRESET', 1), [1, 0, 0, 0]);
    assert.deepEqual(bytes('SIO_CPU_AFFINITY', 0x102), [2, 1]);
    assert.deepEqual(bytes('SIO_TCP_INITIAL_RTO', 0xffff, 0xfe), [0xff, 0xff, 0xfe, 0]);
    assert.deepEqual(bytes('SIO_SET_COMPATIBILITY_MODE', 2, 0x06000000), [2, 0, 0, 0, 0, 0, 0, 6]);
  });

  it('is refused when a number does not fit', () => {
    for (const [size, number] of [
      [1, 256],
      [2, 65_536],
      [4, 2 ** 32],
      [4, -1],
      [4, 0.5],
    ] as const) {
      assert.equal(packed([size], [number]), undefined);
    }
  });
});
