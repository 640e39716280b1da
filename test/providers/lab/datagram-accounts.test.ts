import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DATAGRAM_OVERHEAD } from '../../../src/providers/lab/datagram-queue.js';
import { LabLink } from '../../../src/providers/lab/link.js';
import { v4 } from '../../addresses.js';
import { bytes, failure, Lab, value } from './support.js';

/** The memory that datagrams in transit and in queues use, and that it is released. */

const AT = v4('127.0.0.1', 7000);
const GROUP = v4('239.255.0.1', 7000);
const MIB = 1024 * 1024;

describe('datagrams in transit', () => {
  it('release all their memory when they arrive', (t) => {
    const { clock } = new Lab(t);
    const link = new LabLink(clock);
    link.change({ latencyMs: 1 });
    let arrived = 0;
    const rounds = 200;
    // Empty datagrams count only for their overhead: 6 MiB together, of which 4 may be in transit.
    for (let round = 0; round < rounds; round++) {
      for (let i = 0; i < 1000; i++) link.passOrLose(0, () => arrived++);
      clock.advance(1);
    }
    assert.equal(arrived, rounds * 1000);
  });

  it('are limited in number even when they are empty', (t) => {
    const { clock } = new Lab(t);
    const link = new LabLink(clock);
    link.change({ latencyMs: 1 });
    let arrived = 0;
    const most = (4 * MIB) / DATAGRAM_OVERHEAD;
    for (let i = 0; i < most + 10; i++) link.passOrLose(0, () => arrived++);
    clock.advance(1);
    assert.equal(arrived, most);
  });

  it('release their memory when a cut loses them', (t) => {
    const { clock } = new Lab(t);
    const link = new LabLink(clock);
    let arrived = 0;
    link.change({ latencyMs: 1 });
    for (let i = 0; i < 8; i++) link.passOrLose(MIB, () => arrived++);
    link.change({ partition: true });
    link.change({ partition: false });
    link.passOrLose(MIB, () => arrived++);
    clock.advance(1);
    assert.equal(arrived, 1);
  });
});

describe('queued datagrams', () => {
  it('release their memory when a new peer discards them', (t) => {
    const lab = new Lab(t);
    const [sender, receiver] = [lab.socket('lab datagram'), lab.socket('lab datagram')];
    value(lab.provider.bind(receiver, AT));
    value(lab.provider.setSockOpt(receiver, 'SO_RCVBUF', 64));
    value(lab.provider.sendTo(sender, new Uint8Array(64), 0, AT));
    assert.equal(value(lab.provider.available(receiver)), 64);
    value(lab.provider.connect(receiver, v4('0.0.0.0', 0)));
    assert.equal(value(lab.provider.available(receiver)), 0);
    value(lab.provider.sendTo(sender, bytes('room'), 0, AT));
    assert.equal(lab.recv(receiver), 'room');
  });

  it('are copied at the send', (t) => {
    const lab = new Lab(t);
    const [sender, receiver] = [lab.socket('lab datagram'), lab.socket('lab datagram')];
    value(lab.provider.bind(receiver, v4('0.0.0.0', AT.port)));
    const membership = { multicastAddress: GROUP.address };
    value(lab.provider.setSockOpt(receiver, 'IP_ADD_MEMBERSHIP', membership));
    for (const to of [AT, GROUP]) {
      const buffer = bytes('then');
      value(lab.provider.sendTo(sender, buffer, 0, to));
      buffer.set(bytes('late'));
      assert.equal(lab.recv(receiver), 'then', to.address);
    }
  });

  it('nothing about an earlier peer is reported after a new connect', (t) => {
    const lab = new Lab(t);
    const socket = lab.socket('lab datagram');
    value(lab.provider.connect(socket, v4('127.0.0.1', 9)));
    value(lab.provider.send(socket, bytes('nobody'), 0));
    lab.clock.settle();
    value(lab.provider.connect(socket, v4('127.0.0.1', 10)));
    failure(lab.provider.recv(socket, new Uint8Array(8), 0), 'WSAEWOULDBLOCK');
  });
});
