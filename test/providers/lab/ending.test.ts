import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bytes, failure, Lab, value } from './support.js';

describe('a connection that has ended', () => {
  it('does not react to a cut of the link', (t) => {
    const lab = new Lab(t);
    const { client, server } = lab.connected();
    for (const handle of [client, server]) value(lab.provider.setSockOpt(handle, 'SO_KEEPALIVE', true));
    for (const handle of [client, server]) value(lab.provider.close(handle));
    lab.clock.settle();
    lab.network.link.change({ partition: true });
    assert.equal(lab.clock.timers, 0);
  });

  it('on both sides is still reset by an abort over unread bytes', (t) => {
    const lab = new Lab(t);
    const { client, server } = lab.connected();
    lab.send(client, 'unread');
    for (const handle of [client, server]) value(lab.provider.shutdown(handle, 'SD_SEND'));
    value(lab.provider.abort(server));
    lab.clock.settle();
    failure(lab.provider.recv(client, new Uint8Array(1), 0), 'WSAECONNABORTED');
  });

  it('on both sides with every byte read is not reset by an abort', (t) => {
    const lab = new Lab(t);
    const { client, server } = lab.connected();
    lab.send(client, 'read');
    for (const handle of [client, server]) value(lab.provider.shutdown(handle, 'SD_SEND'));
    assert.equal(lab.recv(server), 'read');
    value(lab.provider.abort(server));
    lab.clock.settle();
    assert.ok(lab.eof(client));
  });
});

describe('resets that cross each other', () => {
  it('keep the code of each side', (t) => {
    const lab = new Lab(t);
    const { client, server } = lab.connected();
    for (const handle of [client, server]) lab.send(handle, 'unread');
    lab.network.link.change({ latencyMs: 100 });
    for (const handle of [client, server]) value(lab.provider.shutdown(handle, 'SD_RECEIVE'));
    lab.clock.advance(100);
    for (const handle of [client, server]) {
      failure(lab.provider.send(handle, bytes('x'), 0), 'WSAECONNABORTED');
    }
  });
});

describe('SD_RECEIVE', () => {
  for (const unread of [0, 1]) {
    it(`with ${unread} received, undelivered bytes ${unread === 0 ? 'keeps' : 'resets'} it`, (t) => {
      const lab = new Lab(t);
      const { client, server } = lab.connected();
      lab.send(client, 'x');
      assert.equal(lab.recv(server), 'x');
      value(lab.provider.shutdown(server, 'SD_RECEIVE', unread));
      lab.clock.settle();
      failure(
        lab.provider.recv(client, new Uint8Array(1), 0),
        unread === 0 ? 'WSAEWOULDBLOCK' : 'WSAECONNRESET',
      );
    });
  }
});
