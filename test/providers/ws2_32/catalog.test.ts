import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  decodeProtocolInfo,
  PROTOCOL_INFO_BYTES,
  readCatalog,
} from '../../../src/providers/ws2_32/catalog.js';
import { fail, type Outcome, ok } from '../../../src/winsock/outcome.js';

/** WSAPROTOCOL_INFOW of the TCP/IP provider that every Windows has, as bytes. */
const tcpEntry = (providerFlags = 8): Buffer => {
  const b = Buffer.alloc(PROTOCOL_INFO_BYTES);
  b.writeUInt32LE(0x20066, 0);
  b.writeUInt32LE(providerFlags, 16);
  b.write('a01a0fe78babcf118ca300805f48a192', 20, 'hex');
  b.writeUInt32LE(1001, 36);
  const ints = { 40: 1, 72: 2, 76: 2, 80: 16, 84: 16, 88: 1, 92: 6, 96: 0, 100: 0, 104: 0, 108: 0 };
  for (const [at, value] of Object.entries(ints)) b.writeInt32LE(value, Number(at));
  b.write('MSAFD Tcpip [TCP/IP]', 116, 'utf16le');
  return b;
};

/** A fake WSAEnumProtocolsW: too little room is WSAENOBUFS, with the needed length. */
const systemWith = (...entries: readonly Buffer[]) => ({
  enumProtocols: (_: null, into: Uint8Array | null, length: Uint32Array): Outcome<number> => {
    const all = Buffer.concat(entries);
    const isEnough = into !== null && into.length >= all.length;
    length[0] = all.length;
    if (!isEnough) return fail('WSAENOBUFS', 'WSAEnumProtocolsW');
    into.set(all);
    return ok(entries.length);
  },
});

describe('the protocol catalog', () => {
  it('decodes an entry', () => {
    assert.deepEqual(decodeProtocolInfo(tcpEntry()), {
      provider: 'ws2_32',
      serviceFlags1: 0x20066,
      providerFlags: 8,
      providerId: 'e70f1aa0-ab8b-11cf-8ca3-00805f48a192',
      catalogEntryId: 1001,
      chainLength: 1,
      version: 2,
      addressFamily: 2,
      maxSockAddr: 16,
      minSockAddr: 16,
      socketType: 1,
      protocol: 6,
      protocolMaxOffset: 0,
      networkByteOrder: 'big',
      securityScheme: 0,
      messageSize: 0,
      description: 'MSAFD Tcpip [TCP/IP]',
    });
  });

  it('leaves out hidden entries and keeps the bytes of the others', () => {
    const catalog = readCatalog(systemWith(tcpEntry(0x4), tcpEntry()));
    assert.ok(catalog.ok);
    assert.equal(catalog.value.length, 1);
    assert.deepEqual(Buffer.from(catalog.value[0]?.bytes ?? []), tcpEntry());
  });

  it('can be empty', () => {
    assert.deepEqual(readCatalog(systemWith()), { ok: true, value: [] });
  });

  it('returns a failure', () => {
    const down = { enumProtocols: () => fail('WSAENETDOWN', 'WSAEnumProtocolsW') };
    assert.deepEqual(readCatalog(down), fail('WSAENETDOWN', 'WSAEnumProtocolsW'));
  });
});
