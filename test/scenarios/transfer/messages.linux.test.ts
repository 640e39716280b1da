/** Control data to and from an independent program: Python's sendmsg and recvmsg. */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { describe, type TestContext, test } from 'node:test';
import type { Body } from '../../http/client.js';
import { needs, start } from '../../programs.js';
import { capture, download, fileOf, lineReader, run, tshark } from '../export/exports.js';
import { FAMILIES, loopback, startDaemon, startSession, type TestSocket, textOf } from '../test-daemon.js';

/** Prints its port, then obeys each line of its input: `recv`, or `send <port> <TTL> <TOS>`. */
const PEER = `
import json, socket, sys
v6 = sys.argv[1] == 'AF_INET6'
host = '::1' if v6 else '127.0.0.1'
s = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, socket.SOCK_DGRAM)
s.bind((host, 0))
if v6:
    for option in (socket.IPV6_RECVPKTINFO, socket.IPV6_RECVHOPLIMIT, socket.IPV6_RECVTCLASS):
        s.setsockopt(socket.IPPROTO_IPV6, option, 1)
else:
    for option in (8, 12, 13):  # IP_PKTINFO, IP_RECVTTL, IP_RECVTOS
        s.setsockopt(socket.IPPROTO_IP, option, 1)
print(s.getsockname()[1], flush=True)
number = lambda data: int.from_bytes(data, 'little')
for line in sys.stdin:
    words = line.split()
    if words[0] == 'recv':
        data, control, flags, peer = s.recvmsg(100, 1024)
        got = {'data': data.decode(), 'from': peer[0], 'port': peer[1]}
        for level, kind, value in control:
            if (level, kind) in ((0, 2), (41, 52)):
                got['hops'] = number(value)
            elif (level, kind) in ((0, 1), (41, 67)):
                got['trafficClass'] = number(value)
        print(json.dumps(got), flush=True)
    else:
        port, hops, traffic = map(int, words[1:])
        value = lambda number: number.to_bytes(4, 'little')
        control = [(41, 52, value(hops)), (41, 67, value(traffic))] if v6 else [(0, 2, value(hops)), (0, 1, value(traffic))]
        s.sendmsg([b'from ', b'python'], control, 0, (host, port))
`;

interface Peer {
  readonly port: number;
  command(line: string): void;
  heard(): Promise<Body>;
}

const peerOf = async (t: TestContext, family: string): Promise<Peer> => {
  const child: ChildProcess = start(t, 'python3', ['-u', '-c', PEER, family]);
  const next = lineReader(child);
  return {
    port: Number(await next()),
    command: (text) => void child.stdin?.write(`${text}\n`),
    heard: async () => JSON.parse(await next()),
  };
};

const SWITCHES = {
  AF_INET: ['IP_PKTINFO', 'IP_RECVTTL', 'IP_RECVTOS', 'IP_RECVECN', 'IP_ORIGINAL_ARRIVAL_IF'],
  AF_INET6: ['IPV6_PKTINFO', 'IPV6_HOPLIMIT', 'IPV6_RECVTCLASS', 'IPV6_RECVECN'],
} as const;

const TYPES = {
  AF_INET: { hops: 'IP_TTL', trafficClass: 'IP_TOS', ecn: 'IP_ECN', info: 'IP_PKTINFO' },
  AF_INET6: { hops: 'IPV6_HOPLIMIT', trafficClass: 'IPV6_TCLASS', ecn: 'IPV6_ECN', info: 'IPV6_PKTINFO' },
} as const;

const switchedOn = async (socket: TestSocket, options: readonly string[]): Promise<void> => {
  for (const option of options) {
    await socket.setOption(option.startsWith('IPV6') ? 'IPPROTO_IPV6' : 'IPPROTO_IP', option, {
      boolean: true,
    });
  }
};

for (const family of FAMILIES) {
  describe(`messages with python over ${family}`, () => {
    const { hops, trafficClass, ecn, info } = TYPES[family];
    const { address: host } = loopback(family, 0);

    test('every message that arrives is as python has sent it', async (t) => {
      if (!needs(t, 'python3')) return;
      const peer = await peerOf(t, family);
      const socket = await (await startSession(await startDaemon(t), 'posix')).datagram(family);
      await socket.ok('bind', { address: loopback(family, 0) });
      await switchedOn(socket, SWITCHES[family]);
      peer.command(`send ${(await socket.sockName()).port} 33 43`);
      const got = await socket.ok('recvMsg', { timeoutMs: 10_000 });
      assert.equal(textOf(got), 'from python');
      assert.deepEqual(got.address, loopback(family, peer.port));
      const index = got.control.find(({ type }: Body) => type === info)?.interfaceIndex;
      assert.ok(index > 0);
      assert.deepEqual(got.control, [
        { type: info, address: host, interfaceIndex: index },
        { type: hops, value: 33 },
        { type: trafficClass, value: 43 },
        { type: ecn, value: 3 },
        ...(family === 'AF_INET' ? [{ type: 'IP_ORIGINAL_ARRIVAL_IF', interfaceIndex: index }] : []),
      ]);
    });

    test('python gets every message that is sent', async (t) => {
      if (!needs(t, 'python3')) return;
      const peer = await peerOf(t, family);
      const socket = await (await startSession(await startDaemon(t), 'posix')).datagram(family);
      const address = loopback(family, peer.port);
      const source = family === 'AF_INET' ? '127.0.0.31' : '::1';
      const send = async (...control: object[]): Promise<Body> => {
        await socket.ok('sendMsg', { data: { text: 'hello' }, address, control });
        peer.command('recv');
        return peer.heard();
      };
      const all = await send(
        { type: hops, value: 5 },
        { type: trafficClass, value: 0x20 },
        { type: ecn, value: 2 },
        { type: info, address: source },
      );
      const { port } = await socket.sockName();
      assert.deepEqual(all, { data: 'hello', from: source, port, hops: 5, trafficClass: 0x22 });
      const plain = await send();
      assert.deepEqual([plain.from, plain.trafficClass], [host, 0]);
      assert.notEqual(plain.hops, 5);
      // ECN alone leaves the other bits of the socket's TOS.
      if (family === 'AF_INET') await socket.setOption('IPPROTO_IP', 'IP_TOS', { integer: 0x40 });
      const { trafficClass: alone } = await send({ type: ecn, value: 1 });
      assert.equal(alone, family === 'AF_INET' ? 0x41 : 1);
    });
  });
}

test('a dual-stack socket sends and reports control data of IPv4', async (t) => {
  if (!needs(t, 'python3')) return;
  const peer = await peerOf(t, 'AF_INET');
  const socket = await (await startSession(await startDaemon(t), 'posix')).datagram('AF_INET6');
  await socket.setOption('IPPROTO_IPV6', 'IPV6_V6ONLY', { boolean: false });
  await socket.ok('bind', { address: { family: 'AF_INET6', address: '::ffff:127.0.0.1', port: 0 } });
  await switchedOn(socket, ['IP_PKTINFO', 'IP_RECVTTL', 'IP_RECVTOS', 'IPV6_PKTINFO', 'IPV6_HOPLIMIT']);
  const address = { family: 'AF_INET6', address: '::ffff:127.0.0.1', port: peer.port };
  await socket.ok('sendMsg', { data: { text: 'x' }, address, control: [{ type: 'IP_TTL', value: 6 }] });
  peer.command('recv');
  assert.equal((await peer.heard()).hops, 6);
  const ofIpv6 = { data: { text: 'x' }, address, control: [{ type: 'IPV6_HOPLIMIT', value: 6 }] };
  assert.equal((await socket.problem('sendMsg', ofIpv6)).name, 'WSAEINVAL');
  peer.command(`send ${(await socket.sockName()).port} 21 8`);
  const { control } = await socket.ok('recvMsg', { timeoutMs: 10_000 });
  const index = control.find(({ type }: Body) => type === 'IP_PKTINFO')?.interfaceIndex;
  assert.deepEqual(control, [
    { type: 'IP_PKTINFO', address: '127.0.0.1', interfaceIndex: index },
    { type: 'IP_TTL', value: 21 },
    { type: 'IP_TOS', value: 8 },
  ]);
});

test('tshark: a message is a packet with the source that it named', async (t) => {
  if (!needs(t, 'tshark')) return;
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'posix');
  const to = await session.datagram();
  await to.ok('bind', { address: loopback('AF_INET', 0) });
  const address = await to.sockName();
  const from = await session.socket({ family: 'AF_INET', type: 'SOCK_DGRAM', capture: { maxBytes: 100 } });
  await from.ok('sendMsg', { data: { text: 'abc' }, address });
  const control = [{ type: 'IP_PKTINFO', address: '127.0.0.5' }];
  await from.ok('sendMsg', { data: { text: 'defg' }, address, control });
  for (const flags of [['MSG_PEEK'], [], []]) await to.ok('recvMsg', { flags, timeoutMs: 10_000 });
  const fields = ['ip.src', 'ip.dst', 'udp.length', 'data.data'];
  assert.deepEqual(await tshark(await capture(t, daemon, from.id), ...fields), [
    '127.0.0.1,127.0.0.1,11,616263',
    '127.0.0.5,127.0.0.1,12,64656667',
  ]);
  assert.deepEqual(await tshark(await capture(t, daemon, to.id), 'ip.src', 'ip.dst', 'udp.length'), [
    '127.0.0.1,127.0.0.1,11',
    '127.0.0.5,127.0.0.1,12',
  ]);
});

test('the program repeats messages with their control data', async (t) => {
  if (!needs(t, 'python3')) return;
  const daemon = await startDaemon(t);
  const socket = await (await startSession(daemon, 'lab')).socket({
    family: 'AF_INET',
    type: 'SOCK_DGRAM',
    capture: { maxBytes: 100 },
  });
  await socket.ok('bind', { address: loopback('AF_INET', 0) });
  await switchedOn(socket, ['IP_RECVTTL']);
  const address = await socket.sockName();
  const control = [
    { type: 'IP_TTL', value: 7 },
    { type: 'IP_PKTINFO', address: '127.0.0.5' },
  ];
  await socket.ok('sendMsg', { data: { text: 'to myself' }, address, control });
  const { control: came } = await socket.ok('recvMsg', { timeoutMs: 10_000, controlBytes: 24 });
  assert.deepEqual(came, [{ type: 'IP_TTL', value: 7 }]);
  assert.equal((await socket.problem('recvMsg', { timeoutMs: 0 })).name, 'WSAETIMEDOUT');
  const { bytes } = await download(daemon, `/v1/sockets/${socket.id}/journal.py`);
  const { code, out, err } = await run(fileOf(t, 'life.py', bytes), daemon);
  assert.deepEqual([code, err], [0, ''], out);
  assert.match(out, /sendMsg: 200 -\n.*recvMsg: 200 -\n.*recvMsg: \d+ 10060/);
});
