import assert from 'node:assert/strict';
import { Readable, Writable } from 'node:stream';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { transcript } from '../../../src/http/export/json-lines.js';
import { pcapng } from '../../../src/http/export/pcapng/pcapng.js';
import { inPortions } from '../../../src/http/export/portions.js';
import type { SocketLife } from '../../../src/http/export/socket-life.js';
import { send } from '../../../src/operations/transfer/send.js';

const MIB = 1024 * 1024;

/** A stream socket that sent 4 MiB in each call, of which the first bytes were captured. */
const sendingSocket = (calls: number, captured: number): SocketLife => {
  const base64 = Buffer.alloc(captured, 7).toString('base64');
  const localAddress = { family: 'AF_INET', address: '127.0.0.1', port: 1000 } as const;
  const remoteAddress = { ...localAddress, port: 2000 };
  return {
    ...{ socketId: 's', sessionId: 't', version: '2.2', beganAt: 0, provider: 'lab' },
    ...{ family: 'AF_INET', type: 'SOCK_STREAM', localAddress, remoteAddress },
    ...{ dropped: 0, droppedPayloads: 0, nextAfter: calls },
    entries: Array.from({ length: calls }, (_, i) => ({
      ...{ sequence: i + 1, at: i, time: '2026-01-01T00:00:00.000Z', requestId: 'r', socketId: 's' },
      ...{ operation: send.name, op: send, outcome: 'ok', bytesSent: 4 * MIB, nativeUs: 0, waitUs: 0 },
      ...(captured > 0 && { data: { base64, len: captured } }),
    })),
  };
};

/** Reads portions as fast as they are made: the most bytes in one event loop turn, and all of them. */
const readAll = async (pieces: Iterable<string | Buffer>): Promise<{ most: number; total: number }> => {
  let [inTurn, most, total, done] = [0, 0, 0, false];
  const reader = new Writable({
    write(chunk: Buffer, _, next) {
      inTurn += chunk.length;
      total += chunk.length;
      most = Math.max(most, inTurn);
      next();
    },
  });
  const end = new Promise((resolve) => reader.once('finish', resolve)).then(() => {
    done = true;
  });
  Readable.from(inPortions(pieces, nextTurn), { objectMode: false }).pipe(reader);
  while (!done) {
    await nextTurn();
    inTurn = 0;
  }
  await end;
  return { most, total };
};

for (const [name, format] of Object.entries({ pcapng, transcript })) {
  test(`${name}: a fast reader gets at most 256 KiB in one event loop turn`, async () => {
    const { most, total } = await readAll(format(sendingSocket(100, 100_000)));
    assert.ok(total > 10 * MIB, `${total} bytes`);
    assert.ok(most <= 256 * 1024, `${most} bytes in one turn`);
  });
}

test('a portion has a limited number of pieces, however short they are', async () => {
  let pulled = 0;
  const short = function* () {
    for (; pulled < 100_000; pulled++) yield 'x';
  };
  const portions = inPortions(short(), nextTurn);
  await portions.next();
  assert.ok(pulled < 1000, `${pulled} pieces`);
});

test('no pieces are made while the reader stalls', async () => {
  let pulled = 0;
  const endless = function* () {
    for (;;) {
      pulled += 1000;
      yield Buffer.alloc(1000);
    }
  };
  const stalled = new Writable({ write() {} });
  const pieces = Readable.from(inPortions(endless(), nextTurn), { objectMode: false });
  pieces.pipe(stalled);
  for (let turn = 0; turn < 1000; turn++) await nextTurn();
  assert.ok(pulled > 0 && pulled < MIB, `${pulled} bytes`);
  pieces.destroy();
});

test('payload that was not captured takes few bytes of a capture file', () => {
  let bytes = 0;
  for (const piece of pcapng(sendingSocket(100, 0))) bytes += piece.length;
  assert.ok(bytes < 2 * MIB, `${bytes} bytes for 400 MiB`);
});
