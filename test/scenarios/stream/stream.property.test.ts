/** A stream that is cut at any moment: every byte is with its reader or still to be received, once, in order. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { PROVIDERS, startDaemon, startSession, type TestSocket, until } from '../test-daemon.js';
import { StreamSocket } from './stream-socket.js';

/** Numbered bytes, so that a lost or doubled part is seen. */
const numbered = (length: number): Buffer => {
  const bytes = Buffer.alloc(length + 4);
  for (let at = 0; at < length; at += 4) bytes.writeUInt32BE(at, at);
  return bytes.subarray(0, length);
};

const ALL = numbered(2 * 1024 * 1024);

/** The bytes in pieces of the sizes, in turns. */
const piecesOf = (bytes: Buffer, sizes: readonly number[]): Buffer[] => {
  const pieces: Buffer[] = [];
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const size = sizes[n % sizes.length] ?? 1;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
};

/** What a socket has received up to the end of the peer. */
const restOf = async (socket: TestSocket): Promise<Buffer> => {
  const parts: Buffer[] = [];
  // On the lab the stream has fetched the disconnect data behind the end, which stops receiving.
  if ((await socket.info()).receiveShutdown) return Buffer.alloc(0);
  for (;;) {
    const { data, eof } = await socket.ok('recv', { maxBytes: 1 << 20, timeoutMs: 10_000 });
    if (eof) return Buffer.concat(parts);
    parts.push(Buffer.from(data.base64, 'base64'));
  }
};

const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 300_000 })), {
  minLength: 1,
  maxLength: 5,
});

const scenario = fc.record({
  up: sizes,
  down: sizes,
  /** How many bytes go each way, and after how many the reader leaves. */
  upLength: fc.integer({ min: 0, max: 400_000 }),
  downLength: fc.integer({ min: 0, max: ALL.length }),
  cutAfter: fc.integer({ min: 0, max: ALL.length }),
  /** Whether the reader stops reading for a while, and after how many bytes. */
  pauseAfter: fc.option(fc.integer({ min: 0, max: 500_000 })),
  cut: fc.constantFrom('close', 'reset'),
});

for (const provider of PROVIDERS) {
  describe(`streams that are cut on ${provider}`, () => {
    test('no byte is lost or doubled', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      await fc.assert(
        fc.asyncProperty(scenario, async (run) => {
          // Otherwise a small sum of sizes would make thousands of messages.
          const [upLength, downLength] = [
            Math.min(run.upLength, 300 * sum(run.up)),
            Math.min(run.downLength, 300 * sum(run.down)),
          ];
          const cutAfter = Math.min(run.cutAfter, downLength);
          const [socket, peer] = await session.pair();
          const stream = await StreamSocket.open(t, daemon, socket.id);
          const feeder = await StreamSocket.open(t, daemon, peer.id);
          for (const piece of piecesOf(ALL.subarray(0, downLength), run.down)) feeder.send(piece);
          feeder.command({ type: 'shutdown' });
          for (const piece of piecesOf(ALL.subarray(0, upLength), run.up)) stream.send(piece);
          if (run.pauseAfter !== null && run.pauseAfter < cutAfter) {
            await stream.untilLength(run.pauseAfter);
            stream.ws.pause();
            await new Promise((resolve) => setTimeout(resolve, 5));
            stream.ws.resume();
          }
          await stream.untilLength(cutAfter);
          if (run.cut === 'close') stream.ws.close();
          else stream.connection.resetAndDestroy();
          await stream.closed;
          const { lanes } = daemon.app.daemon.sockets.find(socket.id) ?? assert.fail();
          await until(() => lanes.send.holder === undefined, 'the stream has ended');
          const rest = await restOf(socket);
          const read = stream.bytes;
          if (run.cut === 'close') {
            // Every message before the close frame has come, or its bytes are still there.
            assert.ok(Buffer.concat([read, rest]).equals(ALL.subarray(0, downLength)));
            await feeder.untilLength(upLength);
            assert.ok(feeder.bytes.equals(ALL.subarray(0, upLength)));
          } else {
            // What was in the connection is lost; nothing comes twice, and the rest is complete.
            assert.ok(read.length + rest.length <= downLength);
            assert.ok(read.equals(ALL.subarray(0, read.length)));
            assert.ok(rest.equals(ALL.subarray(downLength - rest.length, downLength)));
            assert.ok(feeder.bytes.equals(ALL.subarray(0, feeder.length)));
          }
          feeder.ws.terminate();
          for (const one of [socket, peer]) await one.ok('close');
        }),
        { numRuns: 25, endOnFailure: true },
      );
    });
  });
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
