import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RECV_FLAGS, SEND_FLAGS } from '../../../src/winsock/constants.js';
import { bytes, failure, Lab, value } from './support.js';

describe('stream data', () => {
  it('bytes arrive in order, in any sizes', (t) => {
    const lab = new Lab(t);
    const { client, server } = lab.connected();
    lab.send(client, 'one ');
    lab.send(client, 'two');
    assert.equal(lab.recv(server, 3), 'one');
    assert.equal(value(lab.provider.available(server)), 4);
    assert.equal(lab.recv(server), ' two');
    failure(lab.provider.recv(server, new Uint8Array(1), 0), 'WSAEWOULDBLOCK');
  });

  it('the bytes of the caller are copied', (t) => {
    const lab = new Lab(t);
    const { client, server } = lab.connected();
    const data = bytes('kept');
    value(lab.provider.send(client, data, 0));
    data.fill(0);
    assert.equal(lab.recv(server), 'kept');
  });

  it('MSG_PEEK leaves the bytes, MSG_OOB is not supported', (t) => {
    const lab = new Lab(t);
    const { client, server } = lab.connected();
    lab.send(client, 'look');
    const { bytes: peeked } = value(lab.provider.recv(server, new Uint8Array(8), RECV_FLAGS.MSG_PEEK));
    assert.equal(peeked, 4);
    assert.equal(lab.recv(server), 'look');
    failure(lab.provider.send(client, bytes('!'), SEND_FLAGS.MSG_OOB), 'WSAEOPNOTSUPP');
    failure(lab.provider.recv(server, new Uint8Array(1), RECV_FLAGS.MSG_OOB), 'WSAEOPNOTSUPP');
    value(lab.provider.send(client, bytes('!'), SEND_FLAGS.MSG_DONTROUTE));
  });

  it('a send is accepted completely while the buffers have any room, then not at all', (t) => {
    const lab = new Lab(t);
    const { client, server } = lab.connected();
    value(lab.provider.setSockOpt(client, 'SO_SNDBUF', 10));
    value(lab.provider.setSockOpt(server, 'SO_RCVBUF', 5));
    assert.equal(lab.send(client, 'x'.repeat(12)), 12);
    assert.equal(lab.send(client, 'y'.repeat(12)), 12);
    failure(lab.provider.send(client, bytes('z'), 0), 'WSAEWOULDBLOCK');
    assert.equal(value(lab.provider.unsent(client)), 19, 'what has no room at the peer');
    assert.equal(lab.recv(server), `${'x'.repeat(12)}${'y'.repeat(12)}`);
    assert.equal(value(lab.provider.unsent(client)), 0);
    assert.equal(lab.send(client, 'z'), 1);
  });

  it('a connection holds 131,072 bytes by default, and one byte with buffers of zero', (t) => {
    const lab = new Lab(t);
    const { client, server } = lab.connected();
    for (const length of [131_071, 1]) {
      assert.equal(value(lab.provider.send(client, new Uint8Array(length), 0)), length);
    }
    failure(lab.provider.send(client, bytes('x'), 0), 'WSAEWOULDBLOCK');
    value(lab.provider.setSockOpt(server, 'SO_SNDBUF', 0));
    value(lab.provider.setSockOpt(client, 'SO_RCVBUF', 0));
    assert.equal(lab.send(server, 'a'), 1);
    failure(lab.provider.send(server, bytes('b'), 0), 'WSAEWOULDBLOCK');
  });

  it('each direction ends separately', (t) => {
    const lab = new Lab(t);
    const { client, server } = lab.connected();
    lab.send(client, 'request');
    value(lab.provider.shutdown(client, 'SD_SEND'));
    value(lab.provider.shutdown(client, 'SD_SEND'));
    assert.equal(lab.recv(server), 'request');
    assert.ok(lab.eof(server));
    assert.ok(lab.eof(server));
    lab.send(server, 'reply');
    assert.equal(lab.recv(client), 'reply');
    failure(lab.provider.send(client, bytes('more'), 0), 'WSAESHUTDOWN');
  });

  it('graceful close goes on in the background: the peer reads all, then the end', (t) => {
    const lab = new Lab(t);
    const { client, server } = lab.connected();
    lab.send(client, 'last words');
    value(lab.provider.close(client));
    lab.clock.settle();
    assert.equal(lab.recv(server), 'last words');
    assert.ok(lab.eof(server));
  });

  it('abortive close resets the peer permanently and loses queued bytes', (t) => {
    const lab = new Lab(t);
    const { client, server } = lab.connected();
    lab.send(client, 'lost');
    value(lab.provider.abort(client));
    for (let i = 0; i < 2; i++) {
      failure(lab.provider.recv(server, new Uint8Array(8), 0), 'WSAECONNRESET');
      failure(lab.provider.send(server, bytes('x'), 0), 'WSAECONNRESET');
    }
    assert.equal(value(lab.provider.getSockOpt(server, 'SO_ERROR')), 0);
    failure(lab.provider.recv(server, new Uint8Array(8), 0), 'WSAECONNRESET');
  });

  it('after a reset a half-close succeeds, and disconnect data is refused', (t) => {
    const lab = new Lab(t);
    const { client, server } = lab.connected();
    value(lab.provider.abort(client));
    failure(lab.provider.sendDisconnect(server, bytes('D')), 'WSAENOTCONN');
    value(lab.provider.shutdown(server, 'SD_SEND'));
    value(lab.provider.sendDisconnect(server));
    failure(lab.provider.send(server, bytes('x'), 0), 'WSAESHUTDOWN');
    failure(lab.provider.recv(server, new Uint8Array(8), 0), 'WSAECONNRESET');
  });

  it('abort after both sides have drained resets nothing', (t) => {
    const lab = new Lab(t);
    const { client, server } = lab.connected();
    value(lab.provider.shutdown(client, 'SD_SEND'));
    value(lab.provider.shutdown(server, 'SD_SEND'));
    value(lab.provider.abort(client));
    assert.ok(lab.eof(server));
  });

  it('close with unread bytes resets the peer', (t) => {
    const lab = new Lab(t);
    const { client, server } = lab.connected();
    lab.send(client, 'unread');
    value(lab.provider.close(server));
    failure(lab.provider.recv(client, new Uint8Array(8), 0), 'WSAECONNRESET');
  });

  it('sending to a closed socket succeeds once; the reset comes in a later turn', (t) => {
    const lab = new Lab(t);
    const { client, server } = lab.connected();
    value(lab.provider.close(server));
    assert.equal(lab.send(client, 'anyone?'), 7);
    lab.clock.settle();
    failure(lab.provider.send(client, bytes('x'), 0), 'WSAECONNABORTED');
  });

  it('SD_RECEIVE with pending bytes resets the connection', (t) => {
    const lab = new Lab(t);
    const { client, server } = lab.connected();
    lab.send(client, 'waiting');
    value(lab.provider.shutdown(server, 'SD_RECEIVE'));
    failure(lab.provider.recv(server, new Uint8Array(8), 0), 'WSAESHUTDOWN');
    failure(lab.provider.send(server, bytes('x'), 0), 'WSAECONNABORTED');
    failure(lab.provider.send(client, bytes('x'), 0), 'WSAECONNRESET');
  });

  it('SD_RECEIVE without pending bytes resets the connection when bytes arrive', (t) => {
    const lab = new Lab(t);
    const { client, server } = lab.connected();
    value(lab.provider.shutdown(server, 'SD_RECEIVE'));
    lab.send(server, 'still works');
    assert.equal(lab.recv(client), 'still works');
    lab.send(client, 'too late');
    lab.clock.settle();
    failure(lab.provider.recv(client, new Uint8Array(8), 0), 'WSAECONNRESET');
    failure(lab.provider.recv(server, new Uint8Array(8), 0), 'WSAESHUTDOWN');
  });
});
