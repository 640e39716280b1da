/** Many bytes through sendBytes and recvBytes: each once, in order, and in flat memory. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type http from 'node:http';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { PROVIDERS, startDaemon, startSession } from '../test-daemon.js';
import { answerOf, jsonOf, pattern, request } from './raw-client.js';

const MIB = 1 << 20;
/** More than what the system keeps in the buffers of three connections. */
const MIBS = 64;

/** More than what both bodies, the client and the lab may keep, and far less than what is moved. */
const MOST_GROWTH = 24 * MIB;

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

/** Bytes of buffers that are in use. */
const bufferBytes = (): number => {
  collect();
  return process.memoryUsage().arrayBuffers;
};

for (const provider of PROVIDERS) {
  test(`64 MiB through both on ${provider}, with a reader that pauses`, async (t) => {
    const daemon = await startDaemon(t);
    const [client, server] = await (await startSession(daemon, provider)).pair();
    const piece = pattern(MIB);
    const before = bufferBytes();
    const [sentHash, receivedHash] = [createHash('sha256'), createHash('sha256')];

    const receiving = request(daemon, server, 'recvBytes?untilEnd=true');
    receiving.end();
    const answered = once(receiving, 'response');
    const sent = request(daemon, client, 'sendBytes');
    let written = 0;
    const sending = (async () => {
      for (; written < MIBS; written++) {
        sentHash.update(piece);
        if (!sent.write(piece)) await once(sent, 'drain');
      }
      sent.end();
      return answerOf(sent);
    })();

    const [response] = (await answered) as [http.IncomingMessage];
    response.pause();
    // Until everything between the two is full: the writer stands still.
    for (let seen = -1; seen !== written; ) {
      seen = written;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    assert.ok(written < MIBS, 'the reader holds up the writer');
    const grown = bufferBytes() - before;
    assert.ok(grown < MOST_GROWTH, `${grown / MIB} MiB more`);
    let received = 0;
    response.on('data', (chunk: Buffer) => {
      receivedHash.update(chunk);
      received += chunk.length;
    });
    const ended = once(response, 'end');
    response.resume();
    assert.deepEqual(jsonOf(await sending), { bytesSent: MIBS * MIB });
    await client.ok('sendDisconnect');
    await ended;
    assert.equal(received, MIBS * MIB);
    assert.equal(receivedHash.digest('hex'), sentHash.digest('hex'));
  });
}
