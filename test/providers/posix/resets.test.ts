import assert from 'node:assert/strict';
import { constants as osConstants } from 'node:os';
import { describe, it } from 'node:test';
import koffi from '../../../src/providers/native/koffi.js';
import { type Libc, loadLibc } from '../../../src/providers/posix/library.js';
import { POLL_EVENTS, RECV_FLAGS, SEND_FLAGS } from '../../../src/winsock/constants.js';
import { bytes, refused, value } from '../contract/rig.js';
import { rigOf } from './rig-of.js';

/** Linux reports a reset once; after any call has received it, every later call must report it. */

const { ECONNABORTED, ECONNRESET } = osConstants.errno;

/** A libc in which the test makes one function fail once with this errno. */
const failing = (name: 'recv' | 'recvfrom', errno: number) => {
  const libc = loadLibc();
  const fault = { due: false };
  const faulty: Libc = {
    ...libc,
    [name]: (...args: Parameters<Libc['recvfrom']>) => {
      if (!fault.due) return libc[name](...args);
      fault.due = false;
      koffi.errno(errno);
      return -1;
    },
  };
  return { faulty, fault };
};

describe('connections that were reset', () => {
  it('are reported by sends and receives, never by SO_ERROR', async (t) => {
    const rig = rigOf(t);
    const { client, server } = await rig.pair();
    rig.abort(server);
    await rig.ready(client, { hangup: true });
    assert.equal(value(rig.provider.getSockOpt(client, 'SO_ERROR')), 0);
    refused(rig.provider.recv(client, new Uint8Array(8), 0), 'WSAECONNRESET');
    refused(rig.provider.send(client, bytes('x'), 0), 'WSAECONNRESET');
  });

  it('are also reported by recvFrom when the reset came after the end', async (t) => {
    const rig = rigOf(t);
    const { client, server } = await rig.pair();
    await rig.sendAll(client, bytes('unread'));
    value(rig.provider.shutdown(server, 'SD_SEND'));
    await rig.ready(client, { hangup: true });
    rig.close(server);
    const look = (): number => value(rig.provider.poll([{ s: client, events: 0 }]))[0] ?? 0;
    await rig.until('the reset comes', () => (look() & POLL_EVENTS.POLLERR) !== 0);
    refused(rig.provider.recvFrom(client, new Uint8Array(8), 0), 'WSAECONNABORTED');
    refused(rig.provider.recv(client, new Uint8Array(8), 0), 'WSAECONNABORTED');
  });

  for (const name of ['recv', 'recvfrom'] as const) {
    it(`are still reported after ${name} has returned the error`, async (t) => {
      const { faulty, fault } = failing(name, ECONNRESET);
      const rig = rigOf(t, faulty);
      const { client, server } = await rig.pair();
      rig.close(server); // after the error Linux returns 0, as it does after this
      const receive = (): unknown =>
        name === 'recv'
          ? refused(rig.provider.recv(client, new Uint8Array(8), 0), 'WSAECONNRESET')
          : refused(rig.provider.recvFrom(client, new Uint8Array(8), 0), 'WSAECONNRESET');
      fault.due = true;
      receive();
      receive();
      refused(rig.provider.send(client, bytes('x'), 0), 'WSAECONNRESET');
    });
  }

  it('keep the code of a connection that the system itself has aborted', async (t) => {
    const { faulty, fault } = failing('recv', ECONNABORTED);
    const rig = rigOf(t, faulty);
    const { client } = await rig.pair();
    fault.due = true;
    refused(rig.provider.recv(client, new Uint8Array(8), 0), 'WSAECONNABORTED');
    refused(rig.provider.send(client, bytes('x'), 0), 'WSAECONNABORTED');
  });
});

describe('recvFrom on a stream', () => {
  it('waits for an urgent byte as recv does', async (t) => {
    const rig = rigOf(t);
    const { client, server } = await rig.pair();
    refused(rig.provider.recvFrom(server, new Uint8Array(1), RECV_FLAGS.MSG_OOB), 'WSAEWOULDBLOCK');
    value(rig.provider.send(client, bytes('!'), SEND_FLAGS.MSG_OOB));
    await rig.ready(server, { urgent: true });
    const into = Buffer.alloc(1);
    assert.equal(value(rig.provider.recvFrom(server, into, RECV_FLAGS.MSG_OOB)).bytes, 1);
    assert.equal(into.toString(), '!');
  });
});

describe('datagram sockets with an unreachable peer', () => {
  it('do not report an earlier peer after a new connect', (t) => {
    const rig = rigOf(t);
    const [socket, gone, there] = [rig.datagram(), rig.datagram(), rig.datagram()];
    rig.bind(socket);
    value(rig.provider.connect(socket, rig.bind(gone)));
    rig.close(gone);
    value(rig.provider.send(socket, bytes('nobody'), 0));
    // On loopback the ICMP error arrives at once: this send reads it, and keeps it for a receive.
    value(rig.provider.send(socket, bytes('again'), 0));
    value(rig.provider.connect(socket, rig.bind(there)));
    refused(rig.provider.recv(socket, new Uint8Array(8), 0), 'WSAEWOULDBLOCK');
  });
});
