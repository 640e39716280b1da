import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bytes, failure, Lab, text, value } from './support.js';

describe('disconnect data', () => {
  it('the documented orderly close: both sides end with data', (t) => {
    const lab = new Lab(t);
    const { client, server } = lab.connected();
    value(lab.provider.sendDisconnect(client, bytes('A')));
    assert.ok(lab.eof(server));
    assert.equal(text(value(lab.provider.recvDisconnect(server, 64))), 'A');
    lab.send(server, 'left over');
    value(lab.provider.sendDisconnect(server, bytes('B')));
    value(lab.provider.close(server));
    assert.equal(lab.recv(client), 'left over');
    assert.ok(lab.eof(client));
    assert.equal(text(value(lab.provider.recvDisconnect(client, 64))), 'B');
    value(lab.provider.close(client));
  });

  for (const [profile, limit] of [
    ['lab tp4', 64],
    ['lab decnet', 16],
    ['lab atm', 7],
  ] as const) {
    it(`L3: ${profile} refuses more than ${limit} bytes before anything happens`, (t) => {
      const lab = new Lab(t);
      const { client, server } = lab.connected(profile);
      const refused = failure(lab.provider.sendDisconnect(client, new Uint8Array(limit + 1)), 'WSAEFAULT');
      assert.deepEqual(refused.extra, { limit });
      lab.send(client, 'still open');
      assert.equal(lab.recv(server), 'still open');
      value(lab.provider.sendDisconnect(client, new Uint8Array(limit).fill(7)));
      assert.equal(value(lab.provider.recvDisconnect(server, limit))?.length, limit);
    });
  }

  it('L4: absent and zero length mean no data', (t) => {
    const lab = new Lab(t);
    for (const data of [undefined, bytes('')]) {
      const { client, server } = lab.connected();
      value(lab.provider.sendDisconnect(client, data));
      assert.ok(lab.eof(server));
      assert.equal(value(lab.provider.recvDisconnect(server, 64)), undefined);
    }
  });

  it('L5: is visible only after every byte before it was read', (t) => {
    const lab = new Lab(t);
    const { client, server } = lab.connected();
    lab.send(client, 'ab');
    value(lab.provider.sendDisconnect(client, bytes('D')));
    assert.equal(lab.recv(server, 1), 'a');
    assert.equal(lab.recv(server, 1), 'b');
    assert.equal(text(value(lab.provider.recvDisconnect(server, 64))), 'D');
  });

  it("L6: before the peer's end recvDisconnect is shutdown(SD_RECEIVE) without data", (t) => {
    const lab = new Lab(t);
    const { client, server } = lab.connected();
    assert.equal(value(lab.provider.recvDisconnect(server, 64)), undefined);
    failure(lab.provider.recv(server, new Uint8Array(1), 0), 'WSAESHUTDOWN');
    value(lab.provider.sendDisconnect(client, bytes('D')));
    assert.equal(text(value(lab.provider.recvDisconnect(server, 64))), 'D');
  });

  it('L6: with unread bytes recvDisconnect resets as shutdown(SD_RECEIVE), and the data is lost', (t) => {
    const lab = new Lab(t);
    const { client, server } = lab.connected();
    lab.send(client, 'unread');
    value(lab.provider.sendDisconnect(client, bytes('D')));
    assert.equal(value(lab.provider.recvDisconnect(server, 64)), undefined);
    failure(lab.provider.recv(client, new Uint8Array(1), 0), 'WSAECONNRESET');
    assert.equal(value(lab.provider.recvDisconnect(server, 64)), undefined);
  });

  it('L5: bytes to an end after SD_RECEIVE precede the data, and are answered with a reset', (t) => {
    const lab = new Lab(t);
    const { client, server } = lab.connected();
    value(lab.provider.shutdown(server, 'SD_RECEIVE'));
    lab.send(client, 'x');
    value(lab.provider.sendDisconnect(client, bytes('D')));
    assert.equal(value(lab.provider.recvDisconnect(server, 64)), undefined);
    lab.clock.settle();
    failure(lab.provider.recv(client, new Uint8Array(8), 0), 'WSAECONNRESET');
  });

  it('L7: too little room is WSAEFAULT with the length, and nothing happens', (t) => {
    const lab = new Lab(t);
    const { client, server } = lab.connected();
    value(lab.provider.sendDisconnect(client, bytes('four')));
    const refused = failure(lab.provider.recvDisconnect(server, 3), 'WSAEFAULT');
    assert.deepEqual(refused.extra, { requiredLength: 4 });
    assert.ok(lab.eof(server), 'recv is still open');
    assert.equal(text(value(lab.provider.recvDisconnect(server, 4))), 'four');
  });

  it('a call without a buffer (NULL) returns no data and keeps it', (t) => {
    const lab = new Lab(t);
    const { client, server } = lab.connected();
    value(lab.provider.sendDisconnect(client, bytes('D')));
    assert.equal(value(lab.provider.recvDisconnect(server)), undefined);
    assert.equal(text(value(lab.provider.recvDisconnect(server, 64))), 'D');
  });

  it('L8: can be read again until close, even after a reset', (t) => {
    const lab = new Lab(t);
    const { client, server } = lab.connected();
    value(lab.provider.sendDisconnect(client, bytes('D')));
    assert.equal(text(value(lab.provider.recvDisconnect(server, 64))), 'D');
    value(lab.provider.abort(client));
    assert.equal(text(value(lab.provider.recvDisconnect(server, 64))), 'D');
  });

  it('L9: is sent once in each direction', (t) => {
    const lab = new Lab(t);
    const { client, server } = lab.connected();
    value(lab.provider.sendDisconnect(client, bytes('D')));
    value(lab.provider.sendDisconnect(client));
    value(lab.provider.sendDisconnect(client, bytes('D')));
    failure(lab.provider.sendDisconnect(client, bytes('E')), 'WSAESHUTDOWN');
    failure(lab.provider.send(client, bytes('x'), 0), 'WSAESHUTDOWN');
    assert.equal(text(value(lab.provider.recvDisconnect(server, 64))), 'D');
  });

  it('L9: cannot be sent after shutdown(SD_SEND)', (t) => {
    const lab = new Lab(t);
    const { client } = lab.connected();
    value(lab.provider.shutdown(client, 'SD_SEND'));
    value(lab.provider.sendDisconnect(client));
    failure(lab.provider.sendDisconnect(client, bytes('D')), 'WSAESHUTDOWN');
  });

  it('L10: is lost by an abortive end', (t) => {
    const lab = new Lab(t);
    const { client, server } = lab.connected();
    value(lab.provider.sendDisconnect(client, bytes('D')));
    value(lab.provider.abort(client));
    failure(lab.provider.recv(server, new Uint8Array(1), 0), 'WSAECONNABORTED');
    assert.equal(value(lab.provider.recvDisconnect(server, 64)), undefined);
  });

  it('L12: is refused without a shutdown by an entry that does not have it', (t) => {
    const lab = new Lab(t);
    const s = lab.socket('lab datagram');
    failure(lab.provider.sendDisconnect(s, bytes('D')), 'WSAENOPROTOOPT');
    value(lab.provider.sendTo(s, bytes('x'), 0, { family: 'AF_INET', address: '127.0.0.1', port: 9 }));
    value(lab.provider.sendDisconnect(s));
  });

  it('is copied from the caller and to the caller', (t) => {
    const lab = new Lab(t);
    const { client, server } = lab.connected();
    const data = bytes('D');
    value(lab.provider.sendDisconnect(client, data));
    data.fill(0);
    value(lab.provider.recvDisconnect(server, 64))?.fill(0);
    assert.equal(text(value(lab.provider.recvDisconnect(server, 64))), 'D');
  });
});
