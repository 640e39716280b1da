import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conversation } from '../../../../src/http/export/pcapng/conversation.js';
import { TCP } from '../../../../src/http/export/pcapng/packets.js';
import { TcpFlow } from '../../../../src/http/export/pcapng/tcp-flow.js';
import type { Entry, SocketLife } from '../../../../src/http/export/socket-life.js';
import { OPERATIONS } from '../../../../src/operations/list.js';
import { v4 } from '../../../addresses.js';

/** The packets of calls, without a daemon and without tshark. */

/** Offsets and lengths in packets. */
const IPV4_HEADER = 20;
const SOURCE_PORT = IPV4_HEADER;
const DATA_OFFSET = IPV4_HEADER + 12;
const TCP_FLAGS = IPV4_HEADER + 13;
const UDP_HEADER = 8;

const [LOCAL, REMOTE] = [v4('127.0.0.1', 1000), v4('127.0.0.1', 2000)];

const entry = (operation: string, at: number, more: object = {}) =>
  ({
    ...{ operation, sequence: at, at, time: '2026-01-01T00:00:00.000Z', requestId: 'r', outcome: 'ok' },
    ...{ nativeUs: 0, waitUs: 0, socketId: 's', localAddress: LOCAL, remoteAddress: REMOTE, ...more },
    op: OPERATIONS.find(({ name }) => name === operation),
    // Only the members that an export reads.
  }) as Entry;

const life = (type: string, entries: Entry[], more: Partial<SocketLife> = {}): SocketLife =>
  ({
    ...{
      socketId: 's',
      sessionId: 'S',
      beganAt: 0,
      version: '2.2',
      provider: 'lab',
      family: 'AF_INET',
      type,
    },
    ...{ entries, dropped: 0, droppedPayloads: 0, nextAfter: 0, localAddress: LOCAL, remoteAddress: REMOTE },
    ...more,
  }) as SocketLife;

/** The source port and the payload length of each datagram. */
const datagrams = (entries: Entry[]) =>
  [...conversation(life('SOCK_DGRAM', entries))].map(({ packet: { bytes, length } }) => [
    bytes.readUInt16BE(SOURCE_PORT),
    length - IPV4_HEADER - UDP_HEADER,
  ]);

/** The source port, the names of the flags, and the payload length of a segment. */
const segment = ({ bytes, length }: { bytes: Buffer; length: number }): string => {
  const flags = Object.entries(TCP).flatMap(([name, bit]) =>
    bytes.readUInt8(TCP_FLAGS) & bit ? [name] : [],
  );
  const tcpHeader = 4 * (bytes.readUInt8(DATA_OFFSET) >> 4);
  return `${bytes.readUInt16BE(SOURCE_PORT)} ${flags.join('+')} ${length - IPV4_HEADER - tcpHeader}`;
};

const segments = (entries: Entry[], more: Partial<SocketLife> = {}): string[] =>
  [...conversation(life('SOCK_STREAM', entries, more))].map(({ packet }) => segment(packet));

test('a datagram that was peeked at, or was not delivered, is one packet', () => {
  assert.deepEqual(
    datagrams([
      entry('sendTo', 1, { bytesSent: 3 }),
      entry('recvFrom', 2, { bytesReceived: 5, parameters: { flags: ['MSG_PEEK'] } }),
      entry('recvFrom', 3, { bytesReceived: 5, undelivered: true }),
      entry('recvFrom', 4, { bytesReceived: 5 }),
    ]),
    [
      [LOCAL.port, 3],
      [REMOTE.port, 5],
    ],
  );
});

test('only the last of several segments of urgent data is urgent', () => {
  const flow = new TcpFlow(LOCAL, REMOTE);
  flow.assumeOpen();
  const sent = [...flow.data('local', 3000, Buffer.alloc(3000), true)].map(segment);
  assert.deepEqual(
    sent.filter((text) => text.startsWith(`${LOCAL.port} `)),
    [`${LOCAL.port} ACK 1460`, `${LOCAL.port} ACK 1460`, `${LOCAL.port} PSH+ACK+URG 80`],
  );
});

test('shutdown sends a FIN only if it ends the sending side', () => {
  const ends = (how: string): string[] =>
    segments([entry('shutdown', 1, { parameters: { how } }), entry('send', 2, { bytesSent: 1 })]).filter(
      (text) => text.includes('FIN'),
    );
  assert.deepEqual(ends('SD_RECEIVE'), []);
  assert.deepEqual(ends('SD_SEND'), [`${LOCAL.port} FIN+ACK 0`]);
  assert.deepEqual(ends('SD_BOTH'), [`${LOCAL.port} FIN+ACK 0`]);
});

test('WSAECONNABORTED is a reset by this end, or by a peer that had sent a FIN before', () => {
  const aborted = entry('send', 3, { outcome: 'error', code: 10053, name: 'WSAECONNABORTED' });
  assert.deepEqual(segments([aborted]), ['1000 RST+ACK 0']);
  const ended = entry('recv', 1, { bytesReceived: 0, eof: true });
  assert.equal(segments([ended, aborted]).at(-1), '2000 RST+ACK 0');
});

test('accept and conditionalAccept are handshakes of the peer, unless they were not delivered', () => {
  const handshake = [`${REMOTE.port} SYN 0`, `${LOCAL.port} SYN+ACK 0`, `${REMOTE.port} ACK 0`];
  for (const operation of ['accept', 'conditionalAccept']) {
    assert.deepEqual(segments([entry(operation, 1, { createdSocketId: 'other' })]), handshake, operation);
    const undelivered = entry(operation, 1, { createdSocketId: 'other', undelivered: true });
    assert.deepEqual(segments([undelivered]), [], operation);
  }
  // An offer that was only shown.
  assert.deepEqual(segments([entry('conditionalAccept', 1)]), []);
});

test('no packet is earlier than the one before it', () => {
  const times = [
    ...conversation(
      life('SOCK_STREAM', [
        entry('recv', 100, { bytesReceived: 1 }),
        // An entry of another session, whose clock is behind.
        entry('recv', 90, { bytesReceived: 1 }),
      ]),
    ),
  ].map(({ at }) => at);
  assert.ok(times.length > 2);
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  );
});

test('a comment says how much of a sent or received payload was not captured', () => {
  const data = { base64: 'YWI=', len: 2 };
  for (const [operation, count] of [
    ['send', { bytesSent: 10 }],
    ['recv', { bytesReceived: 10 }],
  ] as const) {
    const [first] = conversation(life('SOCK_STREAM', [entry(operation, 1, { ...count, data })]));
    assert.equal(first?.comment, `${operation} (journal 1); 8 of 10 bytes were not captured`);
  }
});

test('a wildcard address is replaced by loopback if the other end is loopback', () => {
  for (const [family, any, own] of [
    ['AF_INET', '0.0.0.0', '127.0.0.1'],
    ['AF_INET6', '::', '::1'],
  ] as const) {
    const localAddress = { family, address: any, port: 1 };
    const remoteAddress = { family, address: own, port: 2 };
    const [one] = conversation(
      life('SOCK_DGRAM', [entry('sendTo', 1, { bytesSent: 0, localAddress, remoteAddress })]),
    );
    assert.ok(one);
    const [at, size] = family === 'AF_INET' ? [12, 4] : [8, 16];
    const { bytes } = one.packet;
    assert.deepEqual(bytes.subarray(at, at + size), bytes.subarray(at + size, at + 2 * size));
  }
});
