import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { queueLength } from '../../../src/providers/lab/listen-queue.js';
import { CONNECT_LIMIT_MS, UNREACHABLE_NETWORKS } from '../../../src/providers/lab/unreachable-networks.js';
import { SOMAXCONN } from '../../../src/winsock/constants.js';
import { v4, v6 } from '../../addresses.js';
import { bytes, failure, Lab, text, value } from './support.js';

describe('connect and accept', () => {
  it('ends in a later turn, which makes the socket writable', (t) => {
    const lab = new Lab(t);
    const { listener, at } = lab.listener();
    const client = lab.dial(at);
    const { seen } = lab.watch(client, { write: true });
    failure(lab.provider.accept(listener), 'WSAEWOULDBLOCK');
    lab.clock.settle();
    assert.deepEqual(seen, [{ write: true }]);
    assert.deepEqual(value(lab.provider.finishConnect(client)), {});
    const { remote } = value(lab.provider.accept(listener));
    assert.deepEqual(remote, value(lab.provider.getSockName(client)));
  });

  it('is refused without a listener, even when a socket is bound', (t) => {
    const lab = new Lab(t);
    const bound = lab.socket();
    value(lab.provider.bind(bound, v4('127.0.0.1', 4000)));
    for (const port of [4000, 4001]) {
      const client = lab.dial(v4('127.0.0.1', port));
      const { seen } = lab.watch(client, { write: true });
      lab.clock.settle();
      assert.deepEqual(seen, [{ write: true }]);
      failure(lab.provider.finishConnect(client), 'WSAECONNREFUSED');
    }
  });

  it('is refused when the queue is full, and queued again after an accept', (t) => {
    const lab = new Lab(t);
    const { listener, at } = lab.listener('lab tp4', 2);
    const clients = [lab.dial(at), lab.dial(at), lab.dial(at)] as const;
    lab.clock.settle();
    value(lab.provider.finishConnect(clients[0]));
    value(lab.provider.finishConnect(clients[1]));
    failure(lab.provider.finishConnect(clients[2]), 'WSAECONNREFUSED');
    value(lab.provider.listen(listener, 100));
    value(lab.provider.accept(listener));
    const again = [lab.dial(at), lab.dial(at)] as const;
    lab.clock.settle();
    value(lab.provider.finishConnect(again[0]));
    failure(lab.provider.finishConnect(again[1]), 'WSAECONNREFUSED');
  });

  it('backlog: SOMAXCONN, SOMAXCONN_HINT and silent limits', () => {
    assert.deepEqual(
      [SOMAXCONN, -1000, -1, -100_000, 0, 1, 150, 5000].map(queueLength),
      [200, 1000, 200, 65_535, 1, 1, 150, 200],
    );
  });

  it('the caller can send before the accept', (t) => {
    const lab = new Lab(t);
    const { listener, at } = lab.listener();
    const client = lab.dial(at);
    lab.clock.settle();
    lab.send(client, 'early');
    value(lab.provider.close(client));
    const { handle } = value(lab.provider.accept(listener));
    assert.equal(lab.recv(handle), 'early');
    assert.ok(lab.eof(handle));
  });

  it('closing a listener resets the queued connections', (t) => {
    const lab = new Lab(t);
    const { listener, at } = lab.listener();
    const confirmed = lab.dial(at);
    const waiting = lab.dial(at, 'lab tp4', bytes('hello'));
    lab.clock.settle();
    value(lab.provider.finishConnect(confirmed));
    value(lab.provider.close(listener));
    failure(lab.provider.recv(confirmed, new Uint8Array(1), 0), 'WSAECONNRESET');
    failure(lab.provider.finishConnect(waiting), 'WSAECONNREFUSED');
  });

  it('accept reports a caller that is gone as WSAECONNRESET, then returns the next', (t) => {
    const lab = new Lab(t);
    const { listener, at } = lab.listener();
    const [aborted, cancelled] = [lab.dial(at), lab.dial(at, 'lab tp4', bytes('x'))];
    lab.dial(at);
    lab.clock.settle();
    value(lab.provider.abort(aborted));
    value(lab.provider.close(cancelled));
    failure(lab.provider.accept(listener), 'WSAECONNRESET');
    failure(lab.provider.accept(listener), 'WSAECONNRESET');
    value(lab.provider.accept(listener));
    failure(lab.provider.accept(listener), 'WSAEWOULDBLOCK');
  });

  it('close while connecting ends the attempt', (t) => {
    const lab = new Lab(t);
    const { listener, at } = lab.listener();
    value(lab.provider.close(lab.dial(at)));
    value(lab.provider.close(lab.dial(v4('203.0.113.1', 80))));
    lab.clock.settle();
    failure(lab.provider.accept(listener), 'WSAEWOULDBLOCK');
    assert.equal(lab.clock.timers, 0);
  });

  it('two sockets that share a port cannot connect to the same address', (t) => {
    const lab = new Lab(t);
    const { at } = lab.listener();
    const [first, second] = [lab.socket(), lab.socket()];
    for (const s of [first, second]) {
      value(lab.provider.setSockOpt(s, 'SO_REUSEADDR', true));
      value(lab.provider.bind(s, v4('127.0.0.1', 4000)));
    }
    failure(lab.provider.connect(first, at), 'WSAEWOULDBLOCK');
    failure(lab.provider.connect(second, at), 'WSAEADDRINUSE');
    failure(lab.provider.connect(second, { ...at, port: 9 }), 'WSAEWOULDBLOCK');
  });

  it('an accepted socket inherits the options of its listener', (t) => {
    const lab = new Lab(t);
    const { listener, at } = lab.listener();
    value(lab.provider.setSockOpt(listener, 'SO_KEEPALIVE', true));
    value(lab.provider.setSockOpt(listener, 'SO_RCVBUF', 1234));
    lab.dial(at);
    lab.clock.settle();
    const { handle } = value(lab.provider.accept(listener));
    assert.equal(value(lab.provider.getSockOpt(handle, 'SO_KEEPALIVE')), true);
    assert.equal(value(lab.provider.getSockOpt(handle, 'SO_RCVBUF')), 1234);
  });

  it('providers on one network reach each other, profiles do not', (t) => {
    const lab = new Lab(t);
    const { listener, at } = lab.listener('lab decnet');
    const stranger = lab.dial(at, 'lab tp4');
    const other = lab.anotherProvider(t);
    const client = value(other.socket(lab.entry('lab decnet'), 0));
    failure(other.connect(client, at), 'WSAEWOULDBLOCK');
    lab.clock.settle();
    failure(lab.provider.finishConnect(stranger), 'WSAECONNREFUSED');
    value(other.finishConnect(client));
    const { handle } = value(lab.provider.accept(listener));
    other.dispose();
    failure(lab.provider.recv(handle, new Uint8Array(1), 0), 'WSAECONNRESET');
  });
});

describe('unreachable networks', () => {
  for (const { network, begin, code } of UNREACHABLE_NETWORKS) {
    it(`a connect to ${network} ends with ${code}`, (t) => {
      const lab = new Lab(t);
      const ipv6 = network.includes(':');
      const at = ipv6 ? v6(`${begin}:9`, 80) : v4(`${begin}9`, 80);
      const client = lab.socket(ipv6 ? 'lab tp4 [IPv6]' : 'lab tp4');
      failure(lab.provider.bind(client, { ...at, port: 0 }), 'WSAEADDRNOTAVAIL');
      failure(lab.provider.connect(client, at), 'WSAEWOULDBLOCK');
      lab.clock.settle();
      if (code === 'WSAETIMEDOUT') {
        lab.clock.advance(CONNECT_LIMIT_MS - 1);
        failure(lab.provider.finishConnect(client), 'WSAEWOULDBLOCK');
        lab.clock.advance(1);
      }
      failure(lab.provider.finishConnect(client), code);
    });
  }

  it('the addresses next to them are local', (t) => {
    const lab = new Lab(t);
    for (const address of ['192.0.3.1', '198.51.101.1', '203.0.112.255', '8.8.8.8']) {
      value(lab.provider.bind(lab.socket(), v4(address, 80)));
    }
    value(lab.provider.bind(lab.socket('lab tp4 [IPv6]'), v6('2001:db8:4::1', 80)));
  });
});

describe('connect data', () => {
  it('L11: the offer is visible at accept, the answer at finishConnect', (t) => {
    const lab = new Lab(t);
    const { listener, at } = lab.listener();
    const client = lab.dial(at, 'lab tp4', bytes('who'));
    const { seen } = lab.watch(client, { write: true });
    lab.clock.settle();
    failure(lab.provider.finishConnect(client), 'WSAEWOULDBLOCK');
    const accepted = value(lab.provider.accept(listener, bytes('me')));
    assert.equal(text(accepted.callerData), 'who');
    assert.deepEqual(seen, []);
    lab.clock.settle();
    assert.deepEqual(seen, [{ write: true }]);
    assert.equal(text(value(lab.provider.finishConnect(client)).calleeData), 'me');
  });

  it('zero bytes make the caller wait without sending data', (t) => {
    const lab = new Lab(t);
    const { listener, at } = lab.listener();
    const client = lab.dial(at, 'lab tp4', bytes(''));
    lab.clock.settle();
    const accepted = value(lab.provider.accept(listener, bytes('me')));
    assert.equal(accepted.callerData, undefined);
    assert.equal(text(value(lab.provider.finishConnect(client)).calleeData), 'me');
  });

  it('without it the call is confirmed when queued, and gets no data back', (t) => {
    const lab = new Lab(t);
    const { listener, at } = lab.listener();
    const client = lab.dial(at);
    lab.clock.settle();
    assert.deepEqual(value(lab.provider.finishConnect(client)), {});
    value(lab.provider.accept(listener, bytes('late')));
    assert.deepEqual(value(lab.provider.finishConnect(client)), {});
  });

  it('over the limit is WSAEFAULT with the limit, and nothing happens', (t) => {
    const lab = new Lab(t);
    const { listener, at } = lab.listener();
    const client = lab.socket();
    const refused = failure(lab.provider.connect(client, at, new Uint8Array(33)), 'WSAEFAULT');
    assert.deepEqual(refused.extra, { limit: 32 });
    failure(lab.provider.getSockName(client), 'WSAEINVAL');
    failure(lab.provider.connect(client, at, new Uint8Array(32)), 'WSAEWOULDBLOCK');
    lab.clock.settle();
    const tooLong = failure(lab.provider.accept(listener, new Uint8Array(33)), 'WSAEFAULT');
    assert.deepEqual(tooLong.extra, { limit: 32 });
    value(lab.provider.accept(listener, new Uint8Array(32)));
  });

  it('is copied at the connect', (t) => {
    const lab = new Lab(t);
    const { listener, at } = lab.listener();
    const buffer = bytes('then');
    lab.dial(at, 'lab tp4', buffer);
    buffer.set(bytes('late'));
    lab.clock.settle();
    assert.equal(text(value(lab.provider.accept(listener)).callerData), 'then');
  });

  it('a profile without connect data refuses it on both sides', (t) => {
    const lab = new Lab(t);
    const { listener, at } = lab.listener('lab atm');
    failure(lab.provider.connect(lab.socket('lab atm'), at, bytes('x')), 'WSAEPROTONOSUPPORT');
    lab.dial(at, 'lab atm');
    lab.clock.settle();
    failure(lab.provider.accept(listener, bytes('x')), 'WSAEOPNOTSUPP');
    value(lab.provider.accept(listener));
  });
});
