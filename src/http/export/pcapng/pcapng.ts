import type { SocketLife } from '../socket-life.js';
import { conversation } from './conversation.js';

/** Packets begin with the IP header: https://www.tcpdump.org/linktypes.html */
const LINKTYPE_RAW = 101;
const BLOCK = { section: 0x0a0d0d0a, interface: 1, packet: 6 } as const;
const OPTION = { end: 0, comment: 1, interfaceName: 2, application: 4, resolution: 9 } as const;
const BYTE_ORDER = 0x1a2b3c4d;
/** Timestamps count 10^-6 seconds. */
const MICROSECONDS = 6;

/**
 * The packets of a socket as a capture file.
 *
 * @see https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-02.html
 */
export function* pcapng(life: SocketLife): Generator<Buffer> {
  yield sectionHeader(life);
  yield interfaceDescription(life.provider);
  for (const { at, packet, comment } of conversation(life)) {
    const head = Buffer.alloc(20);
    head.writeUInt32LE(Math.floor(at / 2 ** 32), 4);
    head.writeUInt32LE(at % 2 ** 32, 8);
    head.writeUInt32LE(packet.bytes.length, 12);
    head.writeUInt32LE(packet.length, 16);
    const options = comment === undefined ? [] : [option(OPTION.comment, Buffer.from(comment)), END];
    yield block(BLOCK.packet, head, padded(packet.bytes), ...options);
  }
}

const sectionHeader = (life: SocketLife): Buffer => {
  const body = Buffer.alloc(16);
  body.writeUInt32LE(BYTE_ORDER, 0);
  body.writeUInt16LE(1, 4);
  // Minus one: the length of the section is not specified.
  body.fill(0xff, 8);
  const options = [
    option(OPTION.comment, Buffer.from(fileComment(life))),
    option(OPTION.application, APPLICATION),
  ];
  return block(BLOCK.section, body, ...options, END);
};

const APPLICATION = Buffer.from('winsockd');

/** The comment of the whole file: what it does not contain. */
const fileComment = ({ socketId, dropped }: SocketLife): string =>
  [
    `The calls of ${socketId} as packets; nothing was captured from a wire.`,
    'The peer completes handshakes and acknowledges at once.',
    'Packets are cut where their payload was not captured.',
    'Results that faults invented, calls by other ids of the socket, and what followed its end are missing.',
    ...(dropped > 0
      ? [`${dropped} earlier calls were dropped from the journal, and their packets are missing.`]
      : []),
  ].join(' ');

const interfaceDescription = (name: string): Buffer => {
  const body = Buffer.alloc(8);
  body.writeUInt16LE(LINKTYPE_RAW, 0);
  return block(
    BLOCK.interface,
    body,
    option(OPTION.interfaceName, Buffer.from(name)),
    option(OPTION.resolution, Buffer.of(MICROSECONDS)),
    END,
  );
};

const block = (type: number, ...parts: readonly Buffer[]): Buffer => {
  const length = 12 + parts.reduce((sum, part) => sum + part.length, 0);
  const head = Buffer.alloc(8);
  head.writeUInt32LE(type, 0);
  head.writeUInt32LE(length, 4);
  const tail = Buffer.alloc(4);
  tail.writeUInt32LE(length, 0);
  return Buffer.concat([head, ...parts, tail]);
};

const option = (code: number, value: Buffer): Buffer => {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(code, 0);
  head.writeUInt16LE(value.length, 2);
  return Buffer.concat([head, padded(value)]);
};

const padded = (bytes: Buffer): Buffer =>
  bytes.length % 4 === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(4 - (bytes.length % 4))]);

const END = option(OPTION.end, Buffer.alloc(0));
