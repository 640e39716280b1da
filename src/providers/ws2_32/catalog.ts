/**
 * The protocol catalog of the machine: WSAEnumProtocolsW, whose entries are WSAPROTOCOL_INFOW.
 *
 * Source: https://learn.microsoft.com/windows/win32/api/winsock2/ns-winsock2-wsaprotocol_infow
 */
import { failedWith, type Outcome, ok } from '../../winsock/outcome.js';
import { PFL, type ProtocolInfo } from '../../winsock/protocol-info.js';
import type { Ws2_32 } from './library.js';

export const PROTOCOL_INFO_BYTES = 628;
const DESCRIPTION_AT = 116;

/** An entry and its native bytes, from which WSASocketW makes a socket of exactly that provider. */
export interface CatalogEntry {
  readonly info: ProtocolInfo;
  readonly bytes: Uint8Array;
}

/** GUID text in lower case: the first three fields are numbers in native byte order, the others are bytes. */
const guidText = (b: Buffer): string => {
  const head = [b.readUInt32LE(0).toString(16).padStart(8, '0')];
  for (const at of [4, 6]) head.push(b.readUInt16LE(at).toString(16).padStart(4, '0'));
  return [...head, b.toString('hex', 8, 10), b.toString('hex', 10, 16)].join('-');
};

const utf16Text = (b: Buffer): string => {
  const text = b.toString('utf16le');
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
};

/** @param b one WSAPROTOCOL_INFOW of PROTOCOL_INFO_BYTES */
export const decodeProtocolInfo = (b: Buffer): ProtocolInfo => ({
  provider: 'ws2_32',
  serviceFlags1: b.readUInt32LE(0),
  providerFlags: b.readUInt32LE(16),
  providerId: guidText(b.subarray(20, 36)),
  catalogEntryId: b.readUInt32LE(36),
  chainLength: b.readInt32LE(40),
  version: b.readInt32LE(72),
  addressFamily: b.readInt32LE(76),
  maxSockAddr: b.readInt32LE(80),
  minSockAddr: b.readInt32LE(84),
  socketType: b.readInt32LE(88),
  protocol: b.readInt32LE(92),
  protocolMaxOffset: b.readInt32LE(96),
  networkByteOrder: b.readInt32LE(100) === 0 ? 'big' : 'little',
  securityScheme: b.readInt32LE(104),
  messageSize: b.readUInt32LE(108),
  description: utf16Text(b.subarray(DESCRIPTION_AT, PROTOCOL_INFO_BYTES)),
});

/** The entries that are not hidden. The first call, without a buffer, returns the length (WSAENOBUFS). */
export const readCatalog = (ws2_32: Pick<Ws2_32, 'enumProtocols'>): Outcome<readonly CatalogEntry[]> => {
  const length = new Uint32Array(1);
  const sized = ws2_32.enumProtocols(null, null, length);
  if (!sized.ok && !failedWith(sized, 'WSAENOBUFS')) return sized;
  const all = Buffer.alloc(length[0] ?? 0);
  const count = ws2_32.enumProtocols(null, all, length);
  if (!count.ok) return count;
  const entries = Array.from({ length: count.value }, (_, i) => {
    const bytes = all.subarray(i * PROTOCOL_INFO_BYTES, (i + 1) * PROTOCOL_INFO_BYTES);
    return { info: decodeProtocolInfo(bytes), bytes };
  });
  return ok(entries.filter(({ info }) => (info.providerFlags & PFL.PFL_HIDDEN) === 0));
};
