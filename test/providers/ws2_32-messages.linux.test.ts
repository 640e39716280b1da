/** The layout of WSAMSG and WSACMSGHDR is that of the headers for C programs on Windows. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { decodeControl, encodeControl } from '../../src/providers/ws2_32/control-data.js';
import { MessageHeader } from '../../src/providers/ws2_32/message-header.js';
import { packed } from '../../src/winsock/control-data.js';
import type { ControlMessage } from '../../src/winsock/control-messages.js';
import { folder } from '../places.js';
import { needs } from '../programs.js';
import { Headers } from '../winsock/c-headers.js';

/** A message of each type. */
const MESSAGES: readonly ControlMessage[] = [
  { type: 'IP_PKTINFO', address: '127.0.0.7', interfaceIndex: 0x01020304 },
  { type: 'IP_TTL', value: 64 },
  { type: 'IP_TOS', value: 0x2a },
  { type: 'IP_ECN', value: 2 },
  { type: 'IP_ORIGINAL_ARRIVAL_IF', interfaceIndex: 9 },
  { type: 'IPV6_PKTINFO', address: '102:304:506:708:90a:b0c:d0e:f10', interfaceIndex: 5 },
  { type: 'IPV6_HOPLIMIT', value: -1 },
  { type: 'IPV6_TCLASS', value: 255 },
  { type: 'IPV6_ECN', value: 1 },
];

/** Builds the same messages with the macros of the headers; prints them, and the offsets of WSAMSG. */
const PROGRAM = `
#include <winsock2.h>
#include <ws2tcpip.h>
#include <mswsock.h>
#include <stddef.h>
int printf(const char *, ...);
void *memset(void *, int, size_t);
void *memcpy(void *, const void *, size_t);

static char control[1024];
static WSAMSG msg;

static void put(int level, int type, const void *data, int length) {
  WSACMSGHDR *header = (WSACMSGHDR *)(control + msg.Control.len);
  header->cmsg_len = WSA_CMSG_LEN(length);
  header->cmsg_level = level;
  header->cmsg_type = type;
  memcpy(WSA_CMSG_DATA(header), data, length);
  msg.Control.len += WSA_CMSG_SPACE(length);
}

static void number(int level, int type, int value) { put(level, type, &value, sizeof(value)); }

int main(void) {
  IN_PKTINFO info;
  IN6_PKTINFO info6;
  memset(&info, 0, sizeof(info));
  memset(&info6, 0, sizeof(info6));
  memcpy(&info.ipi_addr, "\\x7f\\0\\0\\x07", 4);
  info.ipi_ifindex = 0x01020304;
  put(IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
  number(IPPROTO_IP, IP_TTL, 64);
  number(IPPROTO_IP, IP_TOS, 0x2a);
  number(IPPROTO_IP, IP_ECN, 2);
  number(IPPROTO_IP, IP_ORIGINAL_ARRIVAL_IF, 9);
  memcpy(&info6.ipi6_addr, "\\1\\2\\3\\4\\5\\6\\7\\x08\\x09\\x0a\\x0b\\x0c\\x0d\\x0e\\x0f\\x10", 16);
  info6.ipi6_ifindex = 5;
  put(IPPROTO_IPV6, IPV6_PKTINFO, &info6, sizeof(info6));
  number(IPPROTO_IPV6, IPV6_HOPLIMIT, -1);
  number(IPPROTO_IPV6, IPV6_TCLASS, 255);
  number(IPPROTO_IPV6, IPV6_ECN, 1);
  for (unsigned i = 0; i < msg.Control.len; i++) printf("%02x", (unsigned char)control[i]);
  printf("\\n%d %d %d %d %d %d %d %d\\n", (int)sizeof(msg), (int)offsetof(WSAMSG, namelen),
         (int)offsetof(WSAMSG, lpBuffers), (int)offsetof(WSAMSG, dwBufferCount),
         (int)offsetof(WSAMSG, Control.len), (int)offsetof(WSAMSG, Control.buf), (int)offsetof(WSAMSG, dwFlags),
         (int)sizeof(WSABUF));
  return 0;
}
`;

/**
 * The output of the program, or a skip. The system's compiler suffices: these headers define `long` as the
 * 32 bits of Windows, and the program calls no function of Windows.
 */
const printed = (t: TestContext): readonly string[] | undefined => {
  const headers = Headers.find();
  if (headers === undefined) {
    assert.notEqual(process.env.CI, 'true', 'the headers of mingw-w64 are missing');
    t.skip('the headers of mingw-w64 (Debian: mingw-w64-common) are not installed');
    return undefined;
  }
  if (!needs(t, 'gcc')) return undefined;
  const place = folder(t);
  writeFileSync(join(place, 'layout.c'), PROGRAM);
  const own = spawnSync('gcc', ['-print-file-name=include'], { encoding: 'utf8' }).stdout.trim();
  const windows = [
    '-D_WIN32',
    '-D_WIN64',
    '-D_AMD64_',
    '-D_WIN32_WINNT=0x0A00',
    '-D__declspec(x)=',
    '-D__cdecl=',
  ];
  const search = ['-nostdinc', '-isystem', headers, '-isystem', own];
  const built = spawnSync('gcc', ['-w', ...windows, ...search, '-o', 'layout', 'layout.c'], {
    cwd: place,
    encoding: 'utf8',
  });
  assert.equal(built.status, 0, built.stderr);
  return spawnSync(join(place, 'layout'), { encoding: 'utf8' }).stdout.split('\n');
};

test('control data have the same bytes as in C programs for Windows', (t) => {
  const [control] = printed(t) ?? [];
  if (control !== undefined) assert.equal(encodeControl(MESSAGES).toString('hex'), control);
});

test('a WSAMSG has its members at the same offsets as in C programs for Windows', (t) => {
  const [, text] = printed(t) ?? [];
  if (text === undefined) return;
  const [size = 0, nameLength = 0, buffers = 0, bufferCount = 0, length = 0, at = 0, flags = 0, buffer = 0] =
    text.split(' ').map(Number);
  const message = new MessageHeader(Buffer.alloc(128));
  message.expect(Buffer.alloc(77), 0x1234);
  assert.deepEqual([message.bytes.length, buffer], [size, 16]);
  assert.equal(message.bytes.readInt32LE(nameLength), 128);
  assert.notEqual(message.bytes.readBigUInt64LE(0), 0n);
  assert.notEqual(message.bytes.readBigUInt64LE(buffers), 0n);
  assert.equal(message.bytes.readUInt32LE(bufferCount), 1);
  assert.equal(message.bytes.readUInt32LE(length), 1024);
  assert.notEqual(message.bytes.readBigUInt64LE(at), 0n);
  assert.equal(message.bytes.readUInt32LE(flags), 0x1234);
  message.write(Buffer.alloc(3), 0, Buffer.alloc(0));
  assert.equal(message.bytes.readBigUInt64LE(0), 0n);
  assert.equal(message.bytes.readBigUInt64LE(at), 0n, 'no control data is NULL');
});

test('encoded control data can be decoded', () => {
  assert.deepEqual(decodeControl(encodeControl(MESSAGES)), MESSAGES);
});

test('unknown types are left out, and the types of an older Windows are known', () => {
  const data = Buffer.from([7, 0, 0, 0]);
  const bytes = packed([
    { level: 0, type: 21, data }, // IP_HOPLIMIT
    { level: 0, type: 39, data }, // IP_TCLASS
    { level: 41, type: 99, data },
    { level: 17, type: 3, data }, // UDP_COALESCED_INFO
    { level: 0, type: 19, data }, // too short for an IN_PKTINFO
  ]);
  assert.deepEqual(decodeControl(bytes), [
    { type: 'IP_TTL', value: 7 },
    { type: 'IP_TOS', value: 7 },
  ]);
});
