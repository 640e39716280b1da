import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { LAB_MAX_DATAGRAM } from '../../../src/providers/lab/catalog.js';
import type { Handle } from '../../../src/providers/provider.js';
import { POLL_EVENTS, RECV_FLAGS } from '../../../src/winsock/constants.js';
import { v4, v6 } from '../../addresses.js';
import { internet } from '../contract/case-sockets.js';
import { bytes, failure, Lab, text, value } from './support.js';

const UNUSED_ADDRESS = v4('127.0.0.1', 9);
const AT = v4('127.0.0.1', 7000);

const build = (t: TestContext): { lab: Lab; sender: Handle; receiver: Handle } => {
  const lab = new Lab(t);
  const [sender, receiver] = [lab.socket('lab datagram'), lab.socket('lab datagram')];
  value(lab.provider.bind(receiver, AT));
  return { lab, sender, receiver };
};

describe('datagrams', () => {
  it('have no connection', (t) => {
    const { lab, sender, receiver } = build(t);
    failure(lab.provider.listen(receiver, 1), 'WSAEOPNOTSUPP');
    failure(lab.provider.accept(receiver), 'WSAEOPNOTSUPP');
    failure(lab.provider.send(sender, bytes('x'), 0), 'WSAENOTCONN');
    failure(lab.provider.recv(sender, new Uint8Array(1), 0), 'WSAEINVAL');
    failure(lab.provider.getPeerName(sender), 'WSAENOTCONN');
    failure(lab.provider.finishConnect(sender), 'WSAENOTCONN');
    failure(lab.provider.connect(sender, AT, bytes('x')), 'WSAEPROTONOSUPPORT');
  });

  it('keep their boundaries and report their sender', (t) => {
    const { lab, sender, receiver } = build(t);
    value(lab.provider.sendTo(sender, bytes('one'), 0, AT));
    value(lab.provider.sendTo(sender, bytes(''), 0, AT));
    value(lab.provider.sendTo(sender, bytes('three'), 0, AT));
    assert.equal(value(lab.provider.available(receiver)), 8);
    const into = new Uint8Array(16);
    const first = value(lab.provider.recvFrom(receiver, into, 0));
    const from = internet(value(lab.provider.getSockName(sender)));
    assert.deepEqual(first, {
      bytes: 3,
      eof: false,
      truncated: false,
      from: { ...from, address: '127.0.0.1' },
    });
    assert.deepEqual(value(lab.provider.recv(receiver, into, 0)), { bytes: 0, eof: false, truncated: false });
    assert.equal(lab.recv(receiver), 'three');
    failure(lab.provider.recv(receiver, into, 0), 'WSAEWOULDBLOCK');
  });

  it('longer than the buffer are truncated and lose the rest; with MSG_PEEK they lose nothing', (t) => {
    const { lab, sender, receiver } = build(t);
    value(lab.provider.sendTo(sender, bytes('truncated'), 0, AT));
    value(lab.provider.sendTo(sender, bytes('next'), 0, AT));
    const into = new Uint8Array(5);
    for (const flags of [RECV_FLAGS.MSG_PEEK, 0]) {
      const received = value(lab.provider.recv(receiver, into, flags));
      assert.deepEqual(received, { bytes: 5, eof: false, truncated: true });
      assert.equal(text(into), 'trunc');
    }
    assert.equal(lab.recv(receiver), 'next');
  });

  it('longer than a packet are WSAEMSGSIZE', (t) => {
    const { lab, sender } = build(t);
    failure(lab.provider.sendTo(sender, new Uint8Array(LAB_MAX_DATAGRAM + 1), 0, AT), 'WSAEMSGSIZE');
    assert.equal(
      value(lab.provider.sendTo(sender, new Uint8Array(LAB_MAX_DATAGRAM), 0, AT)),
      LAB_MAX_DATAGRAM,
    );
  });

  it('without room are silently lost', (t) => {
    const { lab, sender, receiver } = build(t);
    value(lab.provider.setSockOpt(receiver, 'SO_RCVBUF', 100));
    for (let i = 0; i < 5; i++) value(lab.provider.sendTo(sender, new Uint8Array(60), 0, AT));
    assert.equal(value(lab.provider.available(receiver)), 120);
  });

  it('without bytes are limited in number', (t) => {
    const { lab, sender, receiver } = build(t);
    value(lab.provider.setSockOpt(receiver, 'SO_RCVBUF', 64));
    for (let i = 0; i < 20; i++) value(lab.provider.sendTo(sender, bytes(''), 0, AT));
    let queued = 0;
    while (lab.provider.recv(receiver, new Uint8Array(1), 0).ok) queued++;
    assert.ok(queued > 0 && queued < 5, `${queued} are queued`);
  });

  it('connect sets the peer and the filter; the all-zero address removes both', (t) => {
    const { lab, sender, receiver } = build(t);
    const stranger = lab.socket('lab datagram');
    value(lab.provider.connect(sender, AT));
    value(lab.provider.finishConnect(sender));
    value(lab.provider.send(sender, bytes('hello'), 0));
    const own = internet(value(lab.provider.getSockName(sender)));
    assert.deepEqual(value(lab.provider.getPeerName(sender)), AT);
    value(lab.provider.sendTo(receiver, bytes('reply'), 0, own));
    value(lab.provider.sendTo(stranger, bytes('spam'), 0, own));
    assert.equal(lab.recv(sender), 'reply');
    failure(lab.provider.recv(sender, new Uint8Array(8), 0), 'WSAEWOULDBLOCK');
    value(lab.provider.connect(sender, v4('0.0.0.0', 0)));
    failure(lab.provider.send(sender, bytes('x'), 0), 'WSAENOTCONN');
    value(lab.provider.sendTo(stranger, bytes('now welcome'), 0, own));
    assert.equal(lab.recv(sender), 'now welcome');
  });

  it('connect discards queued datagrams', (t) => {
    const { lab, sender, receiver } = build(t);
    value(lab.provider.sendTo(sender, bytes('old'), 0, AT));
    value(lab.provider.connect(receiver, UNUSED_ADDRESS));
    failure(lab.provider.recv(receiver, new Uint8Array(8), 0), 'WSAEWOULDBLOCK');
  });

  it('to an unused port are lost, and the next recv reports it once', (t) => {
    const { lab, sender } = build(t);
    value(lab.provider.sendTo(sender, bytes('x'), 0, UNUSED_ADDRESS));
    failure(lab.provider.recv(sender, new Uint8Array(1), 0), 'WSAECONNRESET');
    value(lab.provider.connect(sender, UNUSED_ADDRESS));
    const { seen } = lab.watch(sender, { read: true });
    value(lab.provider.send(sender, bytes('x'), 0));
    assert.deepEqual(seen, []);
    lab.clock.settle();
    assert.deepEqual(seen, [{ read: true }]);
    failure(lab.provider.recv(sender, new Uint8Array(1), 0), 'WSAECONNRESET');
    failure(lab.provider.recv(sender, new Uint8Array(1), 0), 'WSAEWOULDBLOCK');
    value(lab.provider.send(sender, bytes('x'), 0));
  });

  it('to an unused port are not reported after SD_RECEIVE, nor by poll', (t) => {
    const { lab, sender } = build(t);
    value(lab.provider.sendTo(sender, bytes('x'), 0, UNUSED_ADDRESS));
    lab.clock.settle();
    value(lab.provider.shutdown(sender, 'SD_RECEIVE'));
    const { POLLRDNORM, POLLWRNORM } = POLL_EVENTS;
    const events = POLLRDNORM | POLLWRNORM;
    assert.deepEqual(value(lab.provider.poll([{ s: sender, events }])), [POLLWRNORM]);
  });

  it('to an unused port of another address do not count for the peer', (t) => {
    const { lab, sender, receiver } = build(t);
    value(lab.provider.connect(sender, AT));
    const { seen } = lab.watch(sender, { read: true });
    value(lab.provider.sendTo(sender, bytes('x'), 0, UNUSED_ADDRESS));
    lab.clock.settle();
    assert.deepEqual(seen, []);
    failure(lab.provider.recv(sender, new Uint8Array(1), 0), 'WSAEWOULDBLOCK');
    value(lab.provider.send(sender, bytes('to the peer'), 0));
    assert.equal(lab.recv(receiver), 'to the peer');
  });

  it('to unused ports are reported at most 256 times', (t) => {
    const { lab, sender } = build(t);
    for (let i = 0; i < 300; i++) value(lab.provider.sendTo(sender, bytes('x'), 0, UNUSED_ADDRESS));
    const receive = () => lab.provider.recv(sender, new Uint8Array(1), 0);
    for (let i = 0; i < 256; i++) failure(receive(), 'WSAECONNRESET');
    failure(receive(), 'WSAEWOULDBLOCK');
  });

  it('shutdown works without a peer', (t) => {
    const { lab, sender, receiver } = build(t);
    value(lab.provider.shutdown(sender, 'SD_SEND'));
    failure(lab.provider.sendTo(sender, bytes('x'), 0, AT), 'WSAESHUTDOWN');
    value(lab.provider.shutdown(receiver, 'SD_RECEIVE'));
    failure(lab.provider.recv(receiver, new Uint8Array(1), 0), 'WSAESHUTDOWN');
    value(lab.provider.sendTo(receiver, bytes('x'), 0, UNUSED_ADDRESS));
    assert.equal(value(lab.provider.recvDisconnect(sender, 8)), undefined);
  });

  it('to an unreachable network fail at once, those to the black hole do not', (t) => {
    const { lab, sender } = build(t);
    failure(lab.provider.sendTo(sender, bytes('x'), 0, v4('192.0.2.1', 9)), 'WSAENETUNREACH');
    failure(lab.provider.connect(sender, v4('192.0.2.1', 9)), 'WSAENETUNREACH');
    failure(lab.provider.sendTo(sender, bytes('x'), 0, v4('198.51.100.1', 9)), 'WSAEHOSTUNREACH');
    value(lab.provider.connect(sender, v4('198.51.100.1', 9)));
    failure(lab.provider.send(sender, bytes('x'), 0), 'WSAEHOSTUNREACH');
    value(lab.provider.connect(sender, v4('203.0.113.1', 9)));
    value(lab.provider.send(sender, bytes('x'), 0));
    failure(lab.provider.recv(sender, new Uint8Array(1), 0), 'WSAEWOULDBLOCK');
  });

  it('a socket connected to the broadcast address sends there without SO_BROADCAST', (t) => {
    const lab = new Lab(t);
    const [hearer, s] = [lab.socket('lab datagram'), lab.socket('lab datagram')];
    value(lab.provider.bind(hearer, v4('0.0.0.0', 80)));
    value(lab.provider.connect(s, v4('255.255.255.255', 80)));
    assert.equal(value(lab.provider.send(s, bytes('hello'), 0)), 5);
    lab.clock.settle();
    assert.equal(value(lab.provider.recv(hearer, new Uint8Array(8), 0)).bytes, 5);
    assert.equal(value(lab.provider.sendMsg(s, bytes('x'), 0, undefined, [])), 1);
    failure(lab.provider.sendTo(s, bytes('x'), 0, v4('255.255.255.255', 80)), 'WSAEACCES');
    failure(lab.provider.sendMsg(s, bytes('x'), 0, v4('255.255.255.255', 80), []), 'WSAEACCES');
  });

  it('to the wildcard, the broadcast address or the other family are refused', (t) => {
    const { lab, sender } = build(t);
    const to = (address: string, port: number) =>
      lab.provider.sendTo(sender, bytes('x'), 0, v4(address, port));
    failure(to('0.0.0.0', 9), 'WSAEADDRNOTAVAIL');
    failure(to('255.255.255.255', 9), 'WSAEACCES');
    failure(lab.provider.sendTo(sender, bytes('x'), 0, v6('::1', 9)), 'WSAEFAULT');
    failure(lab.provider.getSockName(sender), 'WSAEINVAL');
  });

  it('the filter ignores the scope of a link-local peer', (t) => {
    const lab = new Lab(t);
    const [a, b] = [lab.socket('lab datagram [IPv6]'), lab.socket('lab datagram [IPv6]')];
    value(lab.provider.bind(b, v6('fe80::2', 7000)));
    value(lab.provider.connect(a, { family: 'AF_INET6', address: 'fe80::2', port: 7000, scopeId: 3 }));
    const own = internet(value(lab.provider.getSockName(a)));
    assert.deepEqual(own, { family: 'AF_INET6', address: 'fe80::2', port: own.port, scopeId: 3 });
    value(lab.provider.sendTo(b, bytes('hello'), 0, own));
    assert.equal(lab.recv(a), 'hello');
  });

  it('work over IPv6 too', (t) => {
    const lab = new Lab(t);
    const [a, b] = [lab.socket('lab datagram [IPv6]'), lab.socket('lab datagram [IPv6]')];
    value(lab.provider.bind(b, v6('::1', 7000)));
    value(lab.provider.sendTo(a, bytes('six'), 0, v6('::1', 7000)));
    const { from } = value(lab.provider.recvFrom(b, new Uint8Array(3), 0));
    assert.equal(from && internet(from).address, '::1');
  });
});
