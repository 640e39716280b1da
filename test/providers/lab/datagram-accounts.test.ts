import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DATAGRAM_OVERHEAD } from '../../../src/providers/lab/datagram-queue.js';
import { LabLink } from '../../../src/providers/lab/link.js';
import { v4 } from '../../addresses.js';
import { bytes, failure, Lab, value } from './support.js';

/** What datagrams on their way and in queues count for, and that it is given back. */

const AT = v4('127.0.0.1', 7000);
const GROUP = v4('239.255.0.1', 7000);
const MIB = 1024 * 1024;

describe('datagrams on their way', () => {
  it('make room when they arrive, with all that they counted for', (t) => {
    const { clock } = new Lab(t);
    const link = new LabLink(clock);
    link.change({ latencyMs: 1 });
    let arrived = 0;
    const rounds = 200;
    // Empty ones, so that what each counts for beside its bytes is all: 6 MiB of it, of which 4 may be under way.
    for (let round = 0; round < rounds; round++) {
      for (let i = 0; i < 1000; i++) link.passOrLose(0, () => arrived++);
      clock.advance(1);
    }
    assert.equal(arrived, rounds * 1000);
  });

  it('have a bound when they are empty, too', (t) => {
    const { clock } = new Lab(t);
    const link = new LabLink(clock);
    link.change({ latencyMs: 1 });
    let arrived = 0;
    const most = (4 * MIB) / DATAGRAM_OVERHEAD;
    for (let i = 0; i < most + 10; i++) link.passOrLose(0, () => arrived++);
    clock.advance(1);
    assert.equal(arrived, most);
  });

  it('make room when a cut has lost them', (t) => {
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

describe('datagrams in a queue', () => {
  it('count no more once a new peer has dropped them', (t) => {
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

  it('are those of the moment of the send, whatever becomes of the buffer', (t) => {
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

  it('nothing of an earlier peer is told once there is another', (t) => {
    const lab = new Lab(t);
    const socket = lab.socket('lab datagram');
    value(lab.provider.connect(socket, v4('127.0.0.1', 9)));
    value(lab.provider.send(socket, bytes('nobody'), 0));
    lab.clock.settle();
    value(lab.provider.connect(socket, v4('127.0.0.1', 10)));
    failure(lab.provider.recv(socket, new Uint8Array(8), 0), 'WSAEWOULDBLOCK');
  });
});
