import assert from 'node:assert/strict';
import { constants as osConstants } from 'node:os';
import { describe, it } from 'node:test';
import koffi from '../../../src/providers/native/koffi.js';
import { type Libc, loadLibc } from '../../../src/providers/posix/library.js';
import { POLL_EVENTS, RECV_FLAGS, SEND_FLAGS } from '../../../src/winsock/constants.js';
import { bytes, refused, value } from '../contract/case-sockets.js';
import { posixSockets } from './posix-sockets.js';

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
    const sockets = posixSockets(t);
    const { client, server } = await sockets.pair();
    sockets.abort(server);
    await sockets.ready(client, { hangup: true });
    assert.equal(value(sockets.provider.getSockOpt(client, 'SO_ERROR')), 0);
    refused(sockets.provider.recv(client, new Uint8Array(8), 0), 'WSAECONNRESET');
    refused(sockets.provider.send(client, bytes('x'), 0), 'WSAECONNRESET');
  });

  it('are also reported by recvFrom when the reset came after the end', async (t) => {
    const sockets = posixSockets(t);
    const { client, server } = await sockets.pair();
    await sockets.sendAll(client, bytes('unread'));
    value(sockets.provider.shutdown(server, 'SD_SEND'));
    await sockets.ready(client, { hangup: true });
    sockets.close(server);
    const look = (): number => value(sockets.provider.poll([{ s: client, events: 0 }]))[0] ?? 0;
    await sockets.until('the reset comes', () => (look() & POLL_EVENTS.POLLERR) !== 0);
    refused(sockets.provider.recvFrom(client, new Uint8Array(8), 0), 'WSAECONNABORTED');
    refused(sockets.provider.recv(client, new Uint8Array(8), 0), 'WSAECONNABORTED');
  });

  for (const name of ['recv', 'recvfrom'] as const) {
    it(`are still reported after ${name} has returned the error`, async (t) => {
      const { faulty, fault } = failing(name, ECONNRESET);
      const sockets = posixSockets(t, faulty);
      const { client, server } = await sockets.pair();
      sockets.close(server); // after the error Linux returns 0, as it does after this
      const receive = (): unknown =>
        name === 'recv'
          ? refused(sockets.provider.recv(client, new Uint8Array(8), 0), 'WSAECONNRESET')
          : refused(sockets.provider.recvFrom(client, new Uint8Array(8), 0), 'WSAECONNRESET');
      fault.due = true;
      receive();
      receive();
      refused(sockets.provider.send(client, bytes('x'), 0), 'WSAECONNRESET');
    });
  }

  it('keep the code of a connection that the system itself has aborted', async (t) => {
    const { faulty, fault } = failing('recv', ECONNABORTED);
    const sockets = posixSockets(t, faulty);
    const { client } = await sockets.pair();
    fault.due = true;
    refused(sockets.provider.recv(client, new Uint8Array(8), 0), 'WSAECONNABORTED');
    refused(sockets.provider.send(client, bytes('x'), 0), 'WSAECONNABORTED');
  });
});

describe('recvFrom on a stream', () => {
  it('waits for an urgent byte as recv does', async (t) => {
    const sockets = posixSockets(t);
    const { client, server } = await sockets.pair();
    refused(sockets.provider.recvFrom(server, new Uint8Array(1), RECV_FLAGS.MSG_OOB), 'WSAEWOULDBLOCK');
    value(sockets.provider.send(client, bytes('!'), SEND_FLAGS.MSG_OOB));
    await sockets.ready(server, { urgent: true });
    const into = Buffer.alloc(1);
    assert.equal(value(sockets.provider.recvFrom(server, into, RECV_FLAGS.MSG_OOB)).bytes, 1);
    assert.equal(into.toString(), '!');
  });
});

describe('datagram sockets with an unreachable peer', () => {
  it('do not report an earlier peer after a new connect', (t) => {
    const sockets = posixSockets(t);
    const [socket, gone, there] = [sockets.datagram(), sockets.datagram(), sockets.datagram()];
    sockets.bind(socket);
    value(sockets.provider.connect(socket, sockets.bind(gone)));
    sockets.close(gone);
    value(sockets.provider.send(socket, bytes('nobody'), 0));
    // On loopback the ICMP error arrives at once: this send reads it, and keeps it for a receive.
    value(sockets.provider.send(socket, bytes('again'), 0));
    value(sockets.provider.connect(socket, sockets.bind(there)));
    refused(sockets.provider.recv(socket, new Uint8Array(8), 0), 'WSAEWOULDBLOCK');
  });
});
