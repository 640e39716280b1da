import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conversation } from '../../../../src/http/export/pcapng/conversation.js';
import { TCP } from '../../../../src/http/export/pcapng/packets.js';
import { TcpFlow } from '../../../../src/http/export/pcapng/tcp-flow.js';
import type { Entry, SocketLife } from '../../../../src/http/export/socket-life.js';
import { OPERATIONS } from '../../../../src/operations/list.js';
import { v4 } from '../../../addresses.js';

/** What of the calls of a socket is a packet, without a daemon and without tshark. */

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

/** Source port and bytes of payload of each datagram. */
const datagrams = (entries: Entry[]) =>
  [...conversation(life('SOCK_DGRAM', entries))].map(({ packet: { bytes, length } }) => [
    bytes.readUInt16BE(20),
    length - 28,
  ]);

/** Names of the flags, source port and bytes of payload of a segment. */
const segment = ({ bytes, length }: { bytes: Buffer; length: number }): string => {
  const flags = Object.entries(TCP).flatMap(([name, bit]) => ((bytes[33] ?? 0) & bit ? [name] : []));
  return `${bytes.readUInt16BE(20)} ${flags.join('+')} ${length - 20 - 4 * ((bytes[32] ?? 0) >> 4)}`;
};

const segments = (entries: Entry[], more: Partial<SocketLife> = {}): string[] =>
  [...conversation(life('SOCK_STREAM', entries, more))].map(({ packet }) => segment(packet));

test('a datagram that was only looked at, or went back, is received once', () => {
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

test('of urgent data in several segments the last one is urgent', () => {
  const flow = new TcpFlow(LOCAL, REMOTE);
  flow.join();
  const sent = [...flow.data('local', 3000, Buffer.alloc(3000), true)].map(segment);
  assert.deepEqual(
    sent.filter((text) => text.startsWith(`${LOCAL.port} `)),
    [`${LOCAL.port} ACK 1460`, `${LOCAL.port} ACK 1460`, `${LOCAL.port} PSH+ACK+URG 80`],
  );
});

test('only the end of sending is a FIN', () => {
  const ends = (how: string): string[] =>
    segments([entry('shutdown', 1, { parameters: { how } }), entry('send', 2, { bytesSent: 1 })]).filter(
      (text) => text.includes('FIN'),
    );
  assert.deepEqual(ends('SD_RECEIVE'), []);
  assert.deepEqual(ends('SD_SEND'), [`${LOCAL.port} FIN+ACK 0`]);
  assert.deepEqual(ends('SD_BOTH'), [`${LOCAL.port} FIN+ACK 0`]);
});

test('WSAECONNABORTED is a reset by this side, or by a peer that had ended before', () => {
  const aborted = entry('send', 3, { outcome: 'error', code: 10053, name: 'WSAECONNABORTED' });
  assert.deepEqual(segments([aborted]), ['1000 RST+ACK 0']);
  const ended = entry('recv', 1, { bytesReceived: 0, eof: true });
  assert.equal(segments([ended, aborted]).at(-1), '2000 RST+ACK 0');
});

test('an accept is a handshake from the peer, whichever call it was, unless it went back', () => {
  const handshake = [`${REMOTE.port} SYN 0`, `${LOCAL.port} SYN+ACK 0`, `${REMOTE.port} ACK 0`];
  for (const operation of ['accept', 'conditionalAccept']) {
    assert.deepEqual(segments([entry(operation, 1, { createdSocketId: 'other' })]), handshake, operation);
    const back = entry(operation, 1, { createdSocketId: 'other', undelivered: true });
    assert.deepEqual(segments([back]), [], operation);
  }
  // Shown only.
  assert.deepEqual(segments([entry('conditionalAccept', 1)]), []);
});

test('no packet is earlier than the one before it', () => {
  const times = [
    ...conversation(
      life('SOCK_STREAM', [
        entry('recv', 100, { bytesReceived: 1 }),
        // Told by another session, whose clock is behind.
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

test('a comment says how much of a received payload was not captured, too', () => {
  const data = { base64: 'YWI=', len: 2 };
  for (const [operation, count] of [
    ['send', { bytesSent: 10 }],
    ['recv', { bytesReceived: 10 }],
  ] as const) {
    const [first] = conversation(life('SOCK_STREAM', [entry(operation, 1, { ...count, data })]));
    assert.equal(first?.comment, `${operation} (journal 1); 8 of 10 bytes were not captured`);
  }
});

test('an end at a wildcard is loopback where the other end is', () => {
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
