import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { unacknowledged } from '../../../src/providers/ws2_32/ioctls.js';

/** TCP_INFO_v0 with the two members that are looked at. */
const info = (state: number, inFlight: number): Buffer => {
  const b = Buffer.alloc(88, 0xee);
  b.writeInt32LE(state, 0);
  b.writeUInt32LE(inFlight, 28);
  return b;
};

const [ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2, CLOSE_WAIT, CLOSING, LAST_ACK, TIME_WAIT] = [
  4, 5, 6, 7, 8, 9, 10,
];

describe('what the peer has not acknowledged', () => {
  it('is at least what is in flight before our side has ended; what waits at home cannot be seen', () => {
    assert.equal(unacknowledged(info(ESTABLISHED, 1_000), false), 1_000);
    assert.equal(unacknowledged(info(ESTABLISHED, 0), false), undefined);
    assert.equal(unacknowledged(info(CLOSE_WAIT, 0), false), undefined);
  });

  it('is something until our end is acknowledged, though a peer without room has nothing in flight', () => {
    for (const state of [ESTABLISHED, FIN_WAIT_1, CLOSE_WAIT, CLOSING, LAST_ACK]) {
      assert.equal(unacknowledged(info(state, 0), true), 1);
      assert.equal(unacknowledged(info(state, 1_000), true), 1_000);
    }
  });

  it('is nothing when our end is acknowledged', () => {
    for (const state of [FIN_WAIT_2, TIME_WAIT, 0]) assert.equal(unacknowledged(info(state, 0), true), 0);
  });
});
