/** What the adapter writes and reads for AF_UNIX, which Wine lacks, with a fake ws2_32.dll. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Handle } from '../../../src/providers/provider.js';
import { getPeerName } from '../../../src/providers/ws2_32/binding.js';
import { connect } from '../../../src/providers/ws2_32/connecting.js';
import type { SocketState, Stack } from '../../../src/providers/ws2_32/handle-state.js';
import { peerProcessId } from '../../../src/providers/ws2_32/ioctls.js';
import { ADDRESS_FAMILIES } from '../../../src/winsock/constants.js';
import { ok } from '../../../src/winsock/outcome.js';
import { SockaddrBuffer } from '../../../src/winsock/sockaddr.js';
import { refused, value } from '../contract/case-sockets.js';

const { AF_UNIX, AF_INET } = ADDRESS_FAMILIES;

const socket = (family: number): SocketState => ({
  s: 1 as Handle, // no socket: nothing native is called
  stream: true,
  family,
  shared: {
    handles: 1,
    sendShutdown: false,
    event: undefined,
    recvMsg: undefined,
    offers: 0,
    deferred: undefined,
  },
});

/** A stack that has only what the tests call. */
const stackWith = (ws2_32: object): Stack =>
  ({ ws2_32, address: new SockaddrBuffer(ADDRESS_FAMILIES) }) as unknown as Stack; // no other is called

describe('AF_UNIX of ws2_32', () => {
  it('connects with a whole sockaddr_un', () => {
    const seen: string[] = [];
    const stack = stackWith({
      connect: (_s: number, name: Buffer, length: number) => {
        seen.push(name.toString('latin1', 0, length));
        return ok(0);
      },
    });
    value(connect(stack, socket(AF_UNIX), { family: 'AF_UNIX', path: 'C:\\rig\\x.sock' }));
    assert.deepEqual(seen, [`\x01\0C:\\rig\\x.sock`.padEnd(110, '\0')]);
    refused(connect(stack, socket(AF_INET), { family: 'AF_UNIX', path: 'x' }), 'WSAEFAULT');
  });

  it('reads a name, an empty name, and a buffer that the system left unchanged', () => {
    const fill = (bytes: string) => (_s: number, name: Buffer, length: Int32Array) => {
      name.write(bytes, 'latin1');
      length[0] = bytes.length;
      return ok(0);
    };
    for (const [bytes, path] of [
      [`\x01\0C:\\x`.padEnd(110, '\0'), 'C:\\x'],
      ['\x01\0', ''],
      ['', ''],
    ] as const) {
      const peer = value(getPeerName(stackWith({ getpeername: fill(bytes) }), socket(AF_UNIX)));
      assert.deepEqual(peer, { family: 'AF_UNIX', path });
    }
    refused(getPeerName(stackWith({ getpeername: fill('') }), socket(AF_INET)), 'WSAEAFNOSUPPORT');
  });

  it('reads the process of the peer with SIO_AF_UNIX_GETPEERPID', () => {
    const stack = stackWith({
      ioctl: (_s: number, code: number, into: null, inBytes: number, out: Buffer, outBytes: number) => {
        assert.deepEqual([code, into, inBytes, outBytes], [0x58000100, null, 0, 4]);
        out.writeUInt32LE(4321, 0);
        return ok(0);
      },
    });
    assert.equal(value(peerProcessId(stack, socket(AF_UNIX))), 4321);
    refused(peerProcessId(stack, socket(AF_INET)), 'WSAEOPNOTSUPP');
  });
});
