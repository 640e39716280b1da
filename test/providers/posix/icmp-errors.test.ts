/** ICMP errors on Linux, beyond the cases of the contract. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { constants as osConstants } from 'node:os';
import { test } from 'node:test';
import koffi from 'koffi';
import { icmpErrorOf } from '../../../src/providers/posix/icmp-errors.js';
import { type Libc, loadLibc } from '../../../src/providers/posix/library.js';
import { POLL_EVENTS } from '../../../src/winsock/constants.js';
import { packed } from '../../../src/winsock/control-data.js';
import { WSA_ERRORS } from '../../../src/winsock/errors.js';
import { needs } from '../../programs.js';
import { bytes, refused, value } from '../contract/case-sockets.js';
import { posixSockets } from './posix-sockets.js';

const RESET = { code: WSA_ERRORS.WSAECONNRESET.code };
const TOO_FAR = { code: WSA_ERRORS.WSAENETRESET.code };

const [LOCAL, ICMP, ICMPV6] = [1, 2, 3];

for (const [what, level, bytesOfError, expected] of [
  ['an unused port', 0, [ICMP, 3, 3], RESET],
  ['an unused port (IPv6)', 41, [ICMPV6, 1, 4], RESET],
  ['the same of IPv4 on an IPv6 socket', 41, [ICMP, 3, 3], RESET],
  ['an expired time to live', 0, [ICMP, 11, 0], TOO_FAR],
  ['an expired hop limit', 41, [ICMPV6, 3, 0], TOO_FAR],
  ['incomplete fragments', 0, [ICMP, 11, 1], {}],
  ['an unreachable host', 0, [ICMP, 3, 1], {}],
  ['an unreachable network (IPv6)', 41, [ICMPV6, 1, 0], {}],
  ['a packet that is too big (IPv6)', 41, [ICMPV6, 2, 0], {}],
  ['an error of this host', 0, [LOCAL, 0, 0], undefined],
] as const) {
  test(`the error queue has ${what}`, () => {
    const data = Buffer.from([0, 0, 0, 0, ...bytesOfError, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    const packetInfo = { level: 41, type: 50, data: Buffer.alloc(20) };
    const error = { level, type: level === 0 ? 11 : 25, data };
    assert.deepEqual(icmpErrorOf(packed([packetInfo, error])), expected);
  });
}

test('control data without an error have no result', () => {
  assert.equal(icmpErrorOf(Buffer.alloc(0)), undefined);
});

/** Sends an ICMP message about a datagram that a loopback port has sent to another. */
const ICMP_PEER = `
import socket, struct, sys
kind, code, source, destination = map(int, sys.argv[1:5])
host = socket.inet_aton('127.0.0.1')
udp = struct.pack('!HHHH', source, destination, 8, 0)
ip = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 28, 1, 0, 1, socket.IPPROTO_UDP, 0, host, host)
def message(checksum): return struct.pack('!BBHI', kind, code, checksum, 0) + ip + udp
total = sum(struct.unpack('!18H', message(0)))
while total >> 16: total = (total & 0xffff) + (total >> 16)
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
s.sendto(message(~total & 0xffff), ('127.0.0.1', 0))
`;

test('a receive reports an expired time to live as WSAENETRESET, and no unreachable host', async (t) => {
  if (!needs(t, 'python3')) return;
  if (process.getuid?.() !== 0) return t.skip('only root may send ICMP');
  const sockets = posixSockets(t);
  const [handle, other] = [sockets.datagram(), sockets.datagram()];
  const [{ port }, address] = [sockets.bind(handle), sockets.bind(other)];
  const hears = (type: number, code: number): void => {
    const args = [type, code, port, address.port].map(String);
    const { status, stderr } = spawnSync('python3', ['-c', ICMP_PEER, ...args], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  };
  hears(11, 0);
  await sockets.ready(handle, { read: true });
  refused(sockets.provider.recv(handle, new Uint8Array(1), 0), 'WSAENETRESET');
  hears(3, 1);
  assert.equal(value(sockets.provider.sendTo(handle, bytes('x'), 0, address)), 1);
  hears(3, 1);
  refused(sockets.provider.recv(handle, new Uint8Array(1), 0), 'WSAEWOULDBLOCK');
  assert.equal((await sockets.recv(other)).toString(), 'x');
});

/** A libc in which the test makes one function fail once with ECONNREFUSED and an empty error queue. */
const refusing = (name: 'recv' | 'sendto') => {
  const libc = loadLibc();
  const fault = { due: false };
  const faulty: Libc = {
    ...libc,
    [name]: (...args: Parameters<Libc['sendto']>) => {
      if (!fault.due) return libc[name](...args);
      fault.due = false;
      koffi.errno(osConstants.errno.ECONNREFUSED);
      return -1;
    },
  };
  return { faulty, fault };
};

test('the next receive reports an error that had no room in the error queue', (t) => {
  for (const name of ['recv', 'sendto'] as const) {
    const { faulty, fault } = refusing(name);
    const sockets = posixSockets(t, faulty);
    const [handle, other] = [sockets.datagram(), sockets.datagram()];
    sockets.bind(handle);
    fault.due = true;
    if (name === 'sendto') value(sockets.provider.sendTo(handle, bytes('x'), 0, sockets.bind(other)));
    refused(sockets.provider.recv(handle, new Uint8Array(1), 0), 'WSAECONNRESET');
    refused(sockets.provider.recv(handle, new Uint8Array(1), 0), 'WSAEWOULDBLOCK');
    value(sockets.provider.ioctl(handle, 'SIO_UDP_CONNRESET', [0]));
    if (name === 'sendto') continue;
    fault.due = true;
    refused(sockets.provider.recv(handle, new Uint8Array(1), 0), 'WSAEWOULDBLOCK');
  }
});

test('after SD_RECEIVE poll does not report it', async (t) => {
  const sockets = posixSockets(t);
  const [socket, gone] = [sockets.datagram(), sockets.datagram()];
  sockets.bind(socket);
  const unusedAddress = sockets.bind(gone);
  sockets.close(gone);
  value(sockets.provider.sendTo(socket, bytes('anyone?'), 0, unusedAddress));
  await sockets.ready(socket, { read: true });
  value(sockets.provider.shutdown(socket, 'SD_RECEIVE'));
  const { POLLRDNORM, POLLWRNORM } = POLL_EVENTS;
  assert.deepEqual(value(sockets.provider.poll([{ s: socket, events: POLLRDNORM | POLLWRNORM }])), [
    POLLWRNORM,
  ]);
});
