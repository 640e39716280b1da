/** Many bytes through a stream: none is lost or changed, and the daemon keeps few of them. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { atRest, PROVIDERS, startDaemon, startSession, until } from '../test-daemon.js';
import { StreamSocket } from './stream-socket.js';

const MIB = 1024 * 1024;
const TOTAL = 32 * MIB;

/** What the daemon, the clients and the peer of a test may need beside the bytes of the test. */
const MOST_GROWTH = 64 * MIB;

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Repeats a block, so that a test needs little memory for many bytes. */
const BLOCK = randomBytes(MIB);

const expectedHash = (blocks: number): string => {
  const hash = createHash('sha256');
  for (let n = 0; n < blocks; n++) hash.update(BLOCK);
  return hash.digest('hex');
};

/** Messages of many sizes that are the given bytes together. */
const messagesOf = function* (bytes: Buffer): Generator<Buffer> {
  const sizes = [1, 100, 65_535, 7, 200_000, 3];
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const size = sizes[n % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
};

for (const provider of PROVIDERS) {
  describe(`many bytes through streams on ${provider}`, () => {
    const connected = async (t: Parameters<typeof startDaemon>[0]) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [socket, peer] = await session.pair();
      return { daemon, socket, peer };
    };

    test('32 MiB each way, through two streams, arrive as they were; the daemon keeps few of them', async (t) => {
      const { daemon, socket, peer } = await connected(t);
      const [one, other] = [
        await StreamSocket.open(t, daemon, socket.id),
        await StreamSocket.open(t, daemon, peer.id),
      ];
      const blocks = TOTAL / MIB;
      let most = 0;
      const account = daemon.app.daemon.bytes.of('alice');
      const watch = setInterval(() => {
        most = Math.max(most, account.used);
      }, 5);
      t.after(() => clearInterval(watch));
      const hashes = [one, other].map((stream) => {
        const hash = createHash('sha256');
        stream.ws.removeAllListeners('message');
        let ended = false;
        stream.ws.on('message', (data: Buffer, isBinary) => {
          if (isBinary) hash.update(data);
          else ended ||= JSON.parse(String(data)).type === 'end';
        });
        return async () => {
          await stream.closed;
          assert.ok(ended);
          return hash.digest('hex');
        };
      });
      for (const stream of [one, other]) {
        for (let n = 0; n < blocks; n++) {
          for (const message of n === 0 ? messagesOf(BLOCK) : [BLOCK]) stream.send(message);
        }
        stream.command({ type: 'shutdown' });
      }
      const want = expectedHash(blocks);
      for (const hash of hashes) assert.equal(await hash(), want);
      assert.ok(most < 8 * MIB, `${most} bytes were kept`);
      await until(() => account.used < MIB, 'all is released');
    });

    test('a reader that pauses holds up the peer, and then gets everything', async (t) => {
      const { daemon, socket, peer } = await connected(t);
      const stream = await StreamSocket.open(t, daemon, socket.id);
      const sender = await StreamSocket.open(t, daemon, peer.id);
      stream.ws.pause();
      const sent = randomBytes(TOTAL);
      const before = process.memoryUsage.rss();
      for (let at = 0; at < TOTAL; at += MIB) sender.send(sent.subarray(at, at + MIB));
      sender.command({ type: 'shutdown' });
      const account = daemon.app.daemon.bytes.of('alice');
      await sender.untilTold('sent');
      const { sockets } = daemon.app.daemon;
      const waits = (): boolean =>
        sockets.find(socket.id)?.calls.areAny === false && sockets.find(peer.id)?.lanes.send.isTaken === true;
      await until(waits, 'the stream waits for its reader, and the other one for the stream');
      await atRest(daemon);
      assert.ok(waits());
      assert.ok(sentBy(sender) < TOTAL, 'the peer is held up');
      assert.ok(account.used < 8 * MIB, `${account.used} bytes are kept`);
      // The client of this process keeps the whole message of the sender.
      assert.ok(process.memoryUsage.rss() - before < TOTAL + MOST_GROWTH);
      stream.ws.resume();
      await stream.untilTold('end');
      assert.equal(sha256(stream.bytes), sha256(sent));
      assert.ok(sender.told.filter(({ type }) => type === 'sent').length > 10);
      assert.equal(sentBy(sender), TOTAL);
    });
  });
}

/** How many bytes of a client its socket has taken, as far as the client was told. */
const sentBy = ({ told }: StreamSocket): number => told.findLast(({ type }) => type === 'sent')?.bytes ?? 0;
