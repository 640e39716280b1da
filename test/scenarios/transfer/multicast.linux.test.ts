/**
 * Multicast with an independent peer: datagrams to a group arrive in both directions between the daemon and
 * python.
 */
import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { type TestContext, test } from 'node:test';
import type { InternetAddress } from '../../../src/winsock/addresses.js';
import { line, needs, start } from '../../programs.js';
import { startDaemon, startSession, textOf } from '../test-daemon.js';

type Family = InternetAddress['family'];

/**
 * Joins the group, prints its port; answers every datagram to the group on the port that the datagram names.
 */
const PEER = `
import socket, struct, sys
family, group, interface = sys.argv[1], sys.argv[2], sys.argv[3]
v4 = family == 'AF_INET'
s = socket.socket(socket.AF_INET if v4 else socket.AF_INET6, socket.SOCK_DGRAM)
s.bind(('0.0.0.0' if v4 else '::', 0))
if v4:
    address = socket.inet_aton(interface)
    s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, address)
    s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(group) + address)
else:
    index = struct.pack('i', int(interface))
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, socket.inet_pton(socket.AF_INET6, group) + index)
print('port', s.getsockname()[1], flush=True)
data, _ = s.recvfrom(100)
s.sendto(data[::-1], (group, int(sys.argv[4])))
print('heard', data.decode(), flush=True)
`;

/** An interface with IPv6 that is not loopback, where Linux routes no IPv6 multicast. */
const interface6 = (): number | undefined => {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const found = all.find((one) => one.family === 'IPv6' && !one.internal && one.scopeid > 0);
  return found?.family === 'IPv6' ? found.scopeid : undefined;
};

const converse = async (
  t: TestContext,
  family: Family,
  group: string,
  membership: { interfaceAddress: string } | { interfaceIndex: number },
): Promise<void> => {
  if (!needs(t, 'python3')) return;
  const allow = ['0.0.0.0/32', '::/128', '239.255.0.0/16', 'ff11::/16'];
  const daemon = await startDaemon(t, { config: { policy: { connect: { allow }, bind: { allow } } } });
  const socket = await (await startSession(daemon, 'posix')).datagram(family);
  const isIpv4 = family === 'AF_INET';
  await socket.ok('bind', { address: { family, address: isIpv4 ? '0.0.0.0' : '::', port: 0 } });
  const { port } = await socket.sockName();
  const [level, prefix] = isIpv4 ? (['IPPROTO_IP', 'IP'] as const) : (['IPPROTO_IPV6', 'IPV6'] as const);
  const where = isIpv4 ? 0x0100007f : Object.values(membership)[0];
  await socket.setOption(level, `${prefix}_MULTICAST_IF`, { integer: where });
  await socket.setOption(level, `${prefix}_MULTICAST_LOOP`, { boolean: true });
  await socket.setOption(level, `${prefix}_ADD_MEMBERSHIP`, {
    membership: { multicastAddress: group, ...membership },
  });
  const interface_ = String(Object.values(membership)[0]);
  const peer = start(t, 'python3', ['-u', '-c', PEER, family, group, interface_, String(port)]);
  const [, peerPort] = await line(peer.stdout, /port (\d+)/);
  const heard = line(peer.stdout, /heard (\w+)/);
  const address = { family, address: group, port: Number(peerPort) };
  await socket.ok('sendTo', { data: { text: 'hello' }, address });
  assert.equal((await heard)[1], 'hello');
  const answer = await socket.ok('recvFrom', { timeoutMs: 10_000 });
  assert.equal(textOf(answer), 'olleh');
  assert.equal(answer.address.port, Number(peerPort));
  await socket.setOption(level, `${prefix}_DROP_MEMBERSHIP`, {
    membership: { multicastAddress: group, ...membership },
  });
};

test('IPv4: both receive what is sent to the group, on the loopback interface', async (t) => {
  await converse(t, 'AF_INET', '239.255.77.9', { interfaceAddress: '127.0.0.1' });
});

// Packets of interface-local scope never leave the host (RFC 4291, 2.7).
test('IPv6: both receive what is sent to the group, inside the host', async (t) => {
  const interfaceIndex = interface6();
  if (interfaceIndex === undefined) return t.skip('no interface but loopback has IPv6');
  await converse(t, 'AF_INET6', 'ff11::77:9', { interfaceIndex });
});
