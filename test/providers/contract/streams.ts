import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Handle } from '../../../src/providers/provider.js';
import { POLL_EVENTS } from '../../../src/winsock/constants.js';
import { answer, bytes, internet, type Rig, refused, turn, value } from './rig.js';
import type { Suite } from './suite.js';

const LARGE = 8 * 1024 * 1024;

/** Bytes that show a change of order: their period divides no buffer size. */
const pattern = (length: number): Buffer => {
  const data = Buffer.alloc(length);
  for (let i = 0; i < length; i++) data[i] = (i * 31 + (i >> 8) * 17 + (i >> 16) * 7) & 0xff;
  return data;
};

const digest = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');

/** Both ends exchange a word, which shows that the connection works. */
const converse = async (
  rig: Rig,
  client: Parameters<Rig['recv']>[0],
  server: typeof client,
): Promise<void> => {
  await rig.sendAll(client, bytes('ping'));
  assert.equal((await rig.recvExactly(server, 4)).toString('latin1'), 'ping');
  await rig.sendAll(server, bytes('pong'));
  assert.equal((await rig.recvExactly(client, 4)).toString('latin1'), 'pong');
};

/** Connections: making them, moving bytes, ending them. */
export const streams = (suite: Suite): void => {
  suite.case('streams: bytes go both ways', async (rig) => {
    const { client, server } = await rig.pair();
    await converse(rig, client, server);
  });

  suite.case('streams: recv without pending bytes is WSAEWOULDBLOCK', async (rig) => {
    const { client } = await rig.pair();
    refused(rig.provider.recv(client, new Uint8Array(8), 0), 'WSAEWOULDBLOCK');
  });

  suite.case('streams: recv returns at most what fits and keeps the rest', async (rig) => {
    const { client, server } = await rig.pair();
    await rig.sendAll(client, bytes('abcdef'));
    assert.equal((await rig.recv(server, 2)).toString('latin1'), 'ab');
    assert.equal((await rig.recvExactly(server, 4)).toString('latin1'), 'cdef');
  });

  suite.case('streams: recv writes only into the bytes it was given', async (rig) => {
    const { client, server } = await rig.pair();
    await rig.sendAll(client, bytes('abcdef'));
    await rig.ready(server, { read: true });
    const room = new Uint8Array(8);
    assert.equal(value(rig.provider.recv(server, room.subarray(2, 5), 0)).bytes, 3);
    assert.deepEqual([...room], [0, 0, 0x61, 0x62, 0x63, 0, 0, 0]);
  });

  suite.case('streams: MSG_PEEK leaves the bytes', async (rig) => {
    const { client, server } = await rig.pair();
    await rig.sendAll(client, bytes('abc'));
    await rig.ready(server, { read: true });
    const into = Buffer.alloc(3);
    assert.equal(value(rig.provider.recv(server, into, 2)).bytes, 3);
    assert.equal(into.toString('latin1'), 'abc');
    assert.equal((await rig.recvExactly(server, 3)).toString('latin1'), 'abc');
  });

  suite.case('streams: available is the number of pending bytes', async (rig) => {
    const { client, server } = await rig.pair();
    assert.equal(value(rig.provider.available(server)), 0);
    await rig.sendAll(client, bytes('abcde'));
    await rig.ready(server, { read: true });
    assert.equal(value(rig.provider.available(server)), 5);
  });

  suite.case('streams: a send of zero bytes is neither an error nor an end', async (rig) => {
    const { client, server } = await rig.pair();
    assert.equal(value(rig.provider.send(client, new Uint8Array(0), 0)), 0);
    await converse(rig, client, server);
  });

  suite.case('streams: 8 MB arrive completely and in order', async (rig) => {
    const { client, server } = await rig.pair();
    const data = pattern(LARGE);
    const [, got] = await Promise.all([
      rig.sendAll(client, data).then(() => value(rig.provider.shutdown(client, 'SD_SEND'))),
      rig.recvAll(server),
    ]);
    assert.equal(got.byteLength, LARGE);
    assert.equal(digest(got), digest(data));
  });

  suite.case('streams: a full send buffer is WSAEWOULDBLOCK, and drains', async (rig) => {
    const { client, server } = await rig.pair();
    const total = rig.fill(client, server);
    assert.ok(total > 0);
    let writable = false;
    rig.watch(client, { write: true }, () => {
      writable = true;
    });
    await turn();
    await turn();
    assert.equal(writable, false, 'a full socket is not writable');
    let read = 0;
    while (read < total) read += (await rig.recv(server)).byteLength;
    assert.equal(read, total);
    await rig.ready(client, { write: true });
    await rig.until('the first watch wakes too', () => writable);
    assert.ok(value(rig.provider.send(client, bytes('x'), 0)) > 0);
  });

  suite.case('streams: a send of any size is accepted completely or not at all', async (rig) => {
    const { client, server } = await rig.pair();
    value(rig.provider.setSockOpt(client, 'SO_SNDBUF', 1 << 16));
    value(rig.provider.setSockOpt(server, 'SO_RCVBUF', 1 << 16));
    const data = pattern(LARGE);
    let taken = 0;
    for (;;) {
      const sent = rig.provider.send(client, data, 0);
      if (!sent.ok) {
        refused(sent, 'WSAEWOULDBLOCK');
        break;
      }
      assert.equal(sent.value, LARGE);
      taken++;
      assert.ok(taken < 16, 'the buffers are never full');
    }
    assert.ok(taken > 0);
    for (let i = 0; i < taken; i++) {
      assert.equal(digest(await rig.recvExactly(server, LARGE)), digest(data));
    }
  });

  suite.case('streams: half-close ends one direction only', async (rig) => {
    const { client, server } = await rig.pair();
    await rig.sendAll(client, bytes('request'));
    value(rig.provider.shutdown(client, 'SD_SEND'));
    assert.equal((await rig.recvAll(server)).toString('latin1'), 'request');
    await rig.sendAll(server, bytes('response'));
    value(rig.provider.shutdown(server, 'SD_SEND'));
    assert.equal((await rig.recvAll(client)).toString('latin1'), 'response');
  });

  suite.case('streams: every recv after the end returns the end', async (rig) => {
    const { client, server } = await rig.pair();
    value(rig.provider.shutdown(client, 'SD_SEND'));
    for (let i = 0; i < 3; i++) assert.equal((await rig.recv(server)).byteLength, 0);
  });

  suite.case('streams: a graceful close delivers what was sent before', async (rig) => {
    const { client, server } = await rig.pair();
    await rig.sendAll(client, pattern(10_000));
    rig.close(client);
    assert.equal(digest(await rig.recvAll(server)), digest(pattern(10_000)));
  });

  suite.case('streams: sending to a closed peer eventually fails, and keeps failing', async (rig) => {
    const { client, server } = await rig.pair();
    rig.close(server);
    await rig.ready(client, { hangup: true });
    await rig.until('a send fails', () => !rig.provider.send(client, bytes('x'), 0).ok);
    refused(rig.provider.send(client, bytes('x'), 0), 'WSAECONNRESET', 'WSAECONNABORTED');
    refused(rig.provider.send(client, bytes('x'), 0), 'WSAECONNRESET', 'WSAECONNABORTED');
  });

  suite.case('streams: an abortive close resets the peer, whose every later call fails', async (rig) => {
    const { client, server } = await rig.pair();
    rig.abort(client);
    await rig.ready(server, { read: true });
    for (let i = 0; i < 3; i++) refused(rig.provider.recv(server, new Uint8Array(8), 0), 'WSAECONNRESET');
    refused(rig.provider.send(server, bytes('x'), 0), 'WSAECONNRESET');
    refused(rig.provider.recv(server, new Uint8Array(8), 0), 'WSAECONNRESET');
  });

  suite.case('streams: a reset that comes after the end of the peer is WSAECONNABORTED', async (rig) => {
    const gone = async (): Promise<Handle> => {
      const { client, server } = await rig.pair();
      rig.close(server);
      await rig.ready(client, { hangup: true });
      value(rig.provider.send(client, bytes('x'), 0));
      const state = () => value(rig.provider.poll([{ s: client, events: POLL_EVENTS.POLLWRNORM }]))[0] ?? 0;
      await rig.until('the reset comes', () => (state() & POLL_EVENTS.POLLERR) !== 0);
      return client;
    };
    const acts = {
      recv: (s: Handle) => rig.provider.recv(s, new Uint8Array(8), 0),
      send: (s: Handle) => rig.provider.send(s, bytes('x'), 0),
    };
    for (const [first, then] of [
      ['recv', 'send'],
      ['send', 'recv'],
    ] as const) {
      const client = await gone();
      for (const call of [first, first, then]) refused(acts[call](client), 'WSAECONNABORTED');
      assert.equal(value(rig.provider.getSockOpt(client, 'SO_ERROR')), 0);
    }
  });

  suite.case('streams: SO_ERROR never reports a reset', async (rig) => {
    const { client, server } = await rig.pair();
    rig.abort(client);
    await rig.ready(server, { hangup: true });
    assert.equal(value(rig.provider.getSockOpt(server, 'SO_ERROR')), 0);
    refused(rig.provider.recv(server, new Uint8Array(8), 0), 'WSAECONNRESET');
    assert.equal(value(rig.provider.getSockOpt(server, 'SO_ERROR')), 0);
    refused(rig.provider.send(server, bytes('x'), 0), 'WSAECONNRESET');
  });

  suite.case('streams: after a reset a half-close is still no error', async (rig) => {
    const { client, server } = await rig.pair();
    rig.abort(client);
    await rig.ready(server, { hangup: true });
    assert.equal(answer(rig.provider.shutdown(server, 'SD_SEND')), 'ok');
  });

  suite.case('streams: a close with unread data resets the peer', async (rig) => {
    const { client, server } = await rig.pair();
    await rig.sendAll(client, bytes('never read'));
    await rig.ready(server, { read: true });
    rig.close(server);
    await rig.ready(client, { read: true });
    refused(rig.provider.recv(client, new Uint8Array(8), 0), 'WSAECONNRESET');
  });

  suite.case('streams: after its own SD_RECEIVE a socket still sends', async (rig) => {
    const { client, server } = await rig.pair();
    value(rig.provider.shutdown(client, 'SD_RECEIVE'));
    refused(rig.provider.recv(client, new Uint8Array(8), 0), 'WSAESHUTDOWN');
    await rig.sendAll(client, bytes('still'));
    assert.equal((await rig.recvExactly(server, 5)).toString('latin1'), 'still');
  });

  suite.case('streams: bytes that come after SD_RECEIVE reset the connection', async (rig) => {
    const { client, server } = await rig.pair();
    value(rig.provider.shutdown(server, 'SD_RECEIVE'));
    await rig.sendAll(client, bytes('too late'));
    await rig.ready(client, { read: true });
    refused(rig.provider.recv(client, new Uint8Array(8), 0), 'WSAECONNRESET');
  });

  suite.case('streams: SD_BOTH ends both directions', async (rig) => {
    const { client, server } = await rig.pair();
    value(rig.provider.shutdown(client, 'SD_BOTH'));
    refused(rig.provider.send(client, bytes('x'), 0), 'WSAESHUTDOWN');
    refused(rig.provider.recv(client, new Uint8Array(8), 0), 'WSAESHUTDOWN');
    assert.equal((await rig.recv(server)).byteLength, 0);
  });

  suite.case('streams: after a refused connect the same socket can connect again', async (rig) => {
    const client = rig.stream();
    for (let i = 0; i < 2; i++) {
      const begun = rig.provider.connect(client, rig.deadAddress());
      refused(begun, 'WSAEWOULDBLOCK', 'WSAECONNREFUSED');
      if (answer(begun) === 'WSAEWOULDBLOCK') refused(await rig.ended(client), 'WSAECONNREFUSED');
    }
    const listener = rig.listener();
    rig.begin(client, listener.address);
    const { handle: server } = await rig.accept(listener.handle);
    value(await rig.ended(client));
    await converse(rig, client, server);
  });

  suite.case('streams: reading SO_ERROR of a refused connect does not change finishConnect', async (rig) => {
    const client = rig.stream();
    const begun = rig.provider.connect(client, rig.deadAddress());
    if (answer(begun) === 'WSAECONNREFUSED') return;
    await rig.ready(client, { write: true });
    assert.equal(value(rig.provider.getSockOpt(client, 'SO_ERROR')), 10061);
    refused(rig.provider.finishConnect(client), 'WSAECONNREFUSED');
  });

  suite.case('streams: connections wait in the backlog, in order', async (rig) => {
    const listener = rig.listener({ backlog: 8 });
    const clients = [0, 1, 2, 3].map(() => rig.stream());
    const names: number[] = [];
    for (const client of clients) {
      rig.begin(client, listener.address);
      names.push(internet(value(rig.provider.getSockName(client))).port);
      value(await rig.ended(client));
    }
    const accepted: number[] = [];
    for (const _ of clients) accepted.push(internet((await rig.accept(listener.handle)).remote).port);
    assert.deepEqual(accepted, names);
    refused(rig.provider.accept(listener.handle), 'WSAEWOULDBLOCK');
  });

  suite.case('streams: a full backlog refuses the next connection', async (rig) => {
    const listener = rig.listener({ backlog: 1 });
    const outcomes = [0, 1, 2, 3, 4, 5].map(async () => {
      const client = rig.stream();
      const begun = rig.provider.connect(client, listener.address);
      if (begun.ok || answer(begun) !== 'WSAEWOULDBLOCK') return answer(begun);
      return answer(await rig.ended(client));
    });
    assert.equal(await Promise.race(outcomes.slice(3)), 'WSAECONNREFUSED');
    await Promise.allSettled(outcomes);
  });

  // Windows documents WSAECONNRESET for accept; a system may also return the connection, or silently drop
  // it.
  suite.case(
    'streams: a connection reset before accept is reported as reset, and the listener goes on',
    async (rig) => {
      const { handle, address } = rig.listener();
      const gone = rig.stream();
      rig.begin(gone, address);
      value(await rig.ended(gone));
      rig.abort(gone);
      const caller = rig.stream();
      rig.begin(caller, address);
      value(await rig.ended(caller));
      const { port } = internet(value(rig.provider.getSockName(caller)));
      for (let taken = 0; taken < 2; taken++) {
        await rig.ready(handle, { read: true });
        const accepted = rig.provider.accept(handle);
        if (!accepted.ok) {
          refused(accepted, 'WSAECONNRESET');
          continue;
        }
        const server = rig.own(accepted.value.handle);
        if (internet(accepted.value.remote).port === port) return converse(rig, caller, server);
        await rig.ready(server, { read: true });
        refused(rig.provider.recv(server, new Uint8Array(1), 0), 'WSAECONNRESET');
      }
      assert.fail('the connection that stayed was not given');
    },
  );

  suite.case('streams: closing a listener resets the connections in its backlog', async (rig) => {
    const listener = rig.listener();
    const client = rig.stream();
    rig.begin(client, listener.address);
    await rig.ready(listener.handle, { read: true });
    rig.close(listener.handle);
    const end = await rig.ended(client);
    if (!end.ok) return refused(end, 'WSAECONNREFUSED', 'WSAECONNRESET');
    await rig.ready(client, { read: true });
    refused(rig.provider.recv(client, new Uint8Array(8), 0), 'WSAECONNRESET');
  });

  suite.case('streams: a closed listener leaves its connections alone', async (rig) => {
    const { client, server, listener } = await rig.pair();
    rig.close(listener.handle);
    await converse(rig, client, server);
  });

  suite.case('streams: sendTo ignores the address on a connection', async (rig) => {
    const { client, server } = await rig.pair();
    const elsewhere = rig.deadAddress();
    assert.equal(value(rig.provider.sendTo(client, bytes('hi'), 0, elsewhere)), 2);
    await rig.ready(server, { read: true });
    const got = value(rig.provider.recvFrom(server, new Uint8Array(8), 0));
    assert.deepEqual(got, { bytes: 2, eof: false, truncated: false });
  });

  suite.case("streams: bytes in the peer's buffer are not unsent, even when they are unread", async (rig) => {
    const { client, server } = await rig.pair();
    await rig.sendAll(client, bytes('abc'));
    const isSent = () => [0, undefined].includes(value(rig.provider.unsent(client)));
    await rig.until('the bytes are acknowledged', isSent);
    value(rig.provider.shutdown(client, 'SD_SEND'));
    await rig.until('the end is acknowledged', isSent);
    rig.close(client);
    assert.equal((await rig.recvAll(server)).toString('latin1'), 'abc');
  });

  suite.case('streams: unsent falls to 0 when the peer has every byte and the end', async (rig) => {
    const { client, server } = await rig.pair();
    const total = rig.fill(client, server);
    assert.notEqual(value(rig.provider.unsent(client)), 0);
    value(rig.provider.shutdown(client, 'SD_SEND'));
    const unsent = value(rig.provider.unsent(client));
    if (unsent === undefined) return; // the system does not know it
    assert.ok(unsent > 0);
    assert.equal((await rig.recvAll(server)).byteLength, total);
    await rig.until('the send queue is empty', () => value(rig.provider.unsent(client)) === 0);
  });
};
