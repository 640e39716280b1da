import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConnectFailure } from '../../../src/providers/lab/connect-failure.js';
import { bytes, failure, text, value } from './support.js';

describe('the failure of a connect', () => {
  it('keeps its disconnect data for each call with enough room', () => {
    const failed = new ConnectFailure('WSAECONNREFUSED', bytes('busy'));
    const recv = (room: number | undefined) => failed.recvDisconnect(room, 'WSARecvDisconnect');
    assert.deepEqual(failure(recv(3) ?? assert.fail(), 'WSAEFAULT').extra, { requiredLength: 4 });
    assert.equal(recv(undefined), undefined);
    for (const room of [4, 100]) assert.equal(text(value(recv(room) ?? assert.fail())), 'busy');
  });

  it('returns undefined without disconnect data', () => {
    assert.equal(new ConnectFailure('WSAECONNREFUSED').recvDisconnect(8, 'WSARecvDisconnect'), undefined);
  });
});
