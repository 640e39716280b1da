import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Handle } from '../../../src/providers/provider.js';
import { POLL_EVENTS } from '../../../src/winsock/constants.js';
import { answer, bytes, type CaseSockets, internet, refused, turn, value } from './case-sockets.js';
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
  sockets: CaseSockets,
  client: Parameters<CaseSockets['recv']>[0],
  server: typeof client,
): Promise<void> => {
  await sockets.sendAll(client, bytes('ping'));
  assert.equal((await sockets.recvExactly(server, 4)).toString('latin1'), 'ping');
  await sockets.sendAll(server, bytes('pong'));
  assert.equal((await sockets.recvExactly(client, 4)).toString('latin1'), 'pong');
};

/** Connections: making them, moving bytes, ending them. */
export const streams = (suite: Suite): void => {
  suite.case('streams: bytes go both ways', async (sockets) => {
    const { client, server } = await sockets.pair();
    await converse(sockets, client, server);
  });

  suite.case('streams: recv without pending bytes is WSAEWOULDBLOCK', async (sockets) => {
    const { client } = await sockets.pair();
    refused(sockets.provider.recv(client, new Uint8Array(8), 0), 'WSAEWOULDBLOCK');
  });

  suite.case('streams: recv returns at most what fits and keeps the rest', async (sockets) => {
    const { client, server } = await sockets.pair();
    await sockets.sendAll(client, bytes('abcdef'));
    assert.equal((await sockets.recv(server, 2)).toString('latin1'), 'ab');
    assert.equal((await sockets.recvExactly(server, 4)).toString('latin1'), 'cdef');
  });

  suite.case('streams: recv writes only into the bytes it was given', async (sockets) => {
    const { client, server } = await sockets.pair();
    await sockets.sendAll(client, bytes('abcdef'));
    await sockets.ready(server, { read: true });
    const room = new Uint8Array(8);
    assert.equal(value(sockets.provider.recv(server, room.subarray(2, 5), 0)).bytes, 3);
    assert.deepEqual([...room], [0, 0, 0x61, 0x62, 0x63, 0, 0, 0]);
  });

  suite.case('streams: MSG_PEEK leaves the bytes', async (sockets) => {
    const { client, server } = await sockets.pair();
    await sockets.sendAll(client, bytes('abc'));
    await sockets.ready(server, { read: true });
    const into = Buffer.alloc(3);
    assert.equal(value(sockets.provider.recv(server, into, 2)).bytes, 3);
    assert.equal(into.toString('latin1'), 'abc');
    assert.equal((await sockets.recvExactly(server, 3)).toString('latin1'), 'abc');
  });

  suite.case('streams: available is the number of pending bytes', async (sockets) => {
    const { client, server } = await sockets.pair();
    assert.equal(value(sockets.provider.available(server)), 0);
    await sockets.sendAll(client, bytes('abcde'));
    await sockets.ready(server, { read: true });
    assert.equal(value(sockets.provider.available(server)), 5);
  });

  suite.case('streams: a send of zero bytes is neither an error nor an end', async (sockets) => {
    const { client, server } = await sockets.pair();
    assert.equal(value(sockets.provider.send(client, new Uint8Array(0), 0)), 0);
    await converse(sockets, client, server);
  });

  suite.case('streams: 8 MB arrive completely and in order', async (sockets) => {
    const { client, server } = await sockets.pair();
    const data = pattern(LARGE);
    const [, got] = await Promise.all([
      sockets.sendAll(client, data).then(() => value(sockets.provider.shutdown(client, 'SD_SEND'))),
      sockets.recvAll(server),
    ]);
    assert.equal(got.byteLength, LARGE);
    assert.equal(digest(got), digest(data));
  });

  suite.case('streams: a full send buffer is WSAEWOULDBLOCK, and drains', async (sockets) => {
    const { client, server } = await sockets.pair();
    const total = sockets.fill(client, server);
    assert.ok(total > 0);
    let writable = false;
    sockets.watch(client, { write: true }, () => {
      writable = true;
    });
    await turn();
    await turn();
    assert.equal(writable, false, 'a full socket is not writable');
    let read = 0;
    while (read < total) read += (await sockets.recv(server)).byteLength;
    assert.equal(read, total);
    await sockets.ready(client, { write: true });
    await sockets.until('the first watch wakes too', () => writable);
    assert.ok(value(sockets.provider.send(client, bytes('x'), 0)) > 0);
  });

  suite.case('streams: a send of any size is accepted completely or not at all', async (sockets) => {
    const { client, server } = await sockets.pair();
    value(sockets.provider.setSockOpt(client, 'SO_SNDBUF', 1 << 16));
    value(sockets.provider.setSockOpt(server, 'SO_RCVBUF', 1 << 16));
    const data = pattern(LARGE);
    let taken = 0;
    for (;;) {
      const sent = sockets.provider.send(client, data, 0);
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
      assert.equal(digest(await sockets.recvExactly(server, LARGE)), digest(data));
    }
  });

  suite.case('streams: half-close ends one direction only', async (sockets) => {
    const { client, server } = await sockets.pair();
    await sockets.sendAll(client, bytes('request'));
    value(sockets.provider.shutdown(client, 'SD_SEND'));
    assert.equal((await sockets.recvAll(server)).toString('latin1'), 'request');
    await sockets.sendAll(server, bytes('response'));
    value(sockets.provider.shutdown(server, 'SD_SEND'));
    assert.equal((await sockets.recvAll(client)).toString('latin1'), 'response');
  });

  suite.case('streams: every recv after the end returns the end', async (sockets) => {
    const { client, server } = await sockets.pair();
    value(sockets.provider.shutdown(client, 'SD_SEND'));
    for (let i = 0; i < 3; i++) assert.equal((await sockets.recv(server)).byteLength, 0);
  });

  suite.case('streams: a graceful close delivers what was sent before', async (sockets) => {
    const { client, server } = await sockets.pair();
    await sockets.sendAll(client, pattern(10_000));
    sockets.close(client);
    assert.equal(digest(await sockets.recvAll(server)), digest(pattern(10_000)));
  });

  suite.case('streams: sending to a closed peer eventually fails, and keeps failing', async (sockets) => {
    const { client, server } = await sockets.pair();
    sockets.close(server);
    await sockets.ready(client, { hangup: true });
    await sockets.until('a send fails', () => !sockets.provider.send(client, bytes('x'), 0).ok);
    refused(sockets.provider.send(client, bytes('x'), 0), 'WSAECONNRESET', 'WSAECONNABORTED');
    refused(sockets.provider.send(client, bytes('x'), 0), 'WSAECONNRESET', 'WSAECONNABORTED');
  });

  suite.case('streams: an abortive close resets the peer, whose every later call fails', async (sockets) => {
    const { client, server } = await sockets.pair();
    sockets.abort(client);
    await sockets.ready(server, { read: true });
    for (let i = 0; i < 3; i++) refused(sockets.provider.recv(server, new Uint8Array(8), 0), 'WSAECONNRESET');
    refused(sockets.provider.send(server, bytes('x'), 0), 'WSAECONNRESET');
    refused(sockets.provider.recv(server, new Uint8Array(8), 0), 'WSAECONNRESET');
  });

  suite.case('streams: a reset that comes after the end of the peer is WSAECONNABORTED', async (sockets) => {
    const gone = async (): Promise<Handle> => {
      const { client, server } = await sockets.pair();
      sockets.close(server);
      await sockets.ready(client, { hangup: true });
      value(sockets.provider.send(client, bytes('x'), 0));
      const state = () =>
        value(sockets.provider.poll([{ s: client, events: POLL_EVENTS.POLLWRNORM }]))[0] ?? 0;
      await sockets.until('the reset comes', () => (state() & POLL_EVENTS.POLLERR) !== 0);
      return client;
    };
    const acts = {
      recv: (s: Handle) => sockets.provider.recv(s, new Uint8Array(8), 0),
      send: (s: Handle) => sockets.provider.send(s, bytes('x'), 0),
    };
    for (const [first, then] of [
      ['recv', 'send'],
      ['send', 'recv'],
    ] as const) {
      const client = await gone();
      for (const call of [first, first, then]) refused(acts[call](client), 'WSAECONNABORTED');
      assert.equal(value(sockets.provider.getSockOpt(client, 'SO_ERROR')), 0);
    }
  });

  suite.case('streams: SO_ERROR never reports a reset', async (sockets) => {
    const { client, server } = await sockets.pair();
    sockets.abort(client);
    await sockets.ready(server, { hangup: true });
    assert.equal(value(sockets.provider.getSockOpt(server, 'SO_ERROR')), 0);
    refused(sockets.provider.recv(server, new Uint8Array(8), 0), 'WSAECONNRESET');
    assert.equal(value(sockets.provider.getSockOpt(server, 'SO_ERROR')), 0);
    refused(sockets.provider.send(server, bytes('x'), 0), 'WSAECONNRESET');
  });

  suite.case('streams: after a reset a half-close is still no error', async (sockets) => {
    const { client, server } = await sockets.pair();
    sockets.abort(client);
    await sockets.ready(server, { hangup: true });
    assert.equal(answer(sockets.provider.shutdown(server, 'SD_SEND')), 'ok');
  });

  suite.case('streams: a close with unread data resets the peer', async (sockets) => {
    const { client, server } = await sockets.pair();
    await sockets.sendAll(client, bytes('never read'));
    await sockets.ready(server, { read: true });
    sockets.close(server);
    await sockets.ready(client, { read: true });
    refused(sockets.provider.recv(client, new Uint8Array(8), 0), 'WSAECONNRESET');
  });

  suite.case('streams: after its own SD_RECEIVE a socket still sends', async (sockets) => {
    const { client, server } = await sockets.pair();
    value(sockets.provider.shutdown(client, 'SD_RECEIVE'));
    refused(sockets.provider.recv(client, new Uint8Array(8), 0), 'WSAESHUTDOWN');
    await sockets.sendAll(client, bytes('still'));
    assert.equal((await sockets.recvExactly(server, 5)).toString('latin1'), 'still');
  });

  suite.case('streams: bytes that come after SD_RECEIVE reset the connection', async (sockets) => {
    const { client, server } = await sockets.pair();
    value(sockets.provider.shutdown(server, 'SD_RECEIVE'));
    await sockets.sendAll(client, bytes('too late'));
    await sockets.ready(client, { read: true });
    refused(sockets.provider.recv(client, new Uint8Array(8), 0), 'WSAECONNRESET');
  });

  suite.case('streams: SD_BOTH ends both directions', async (sockets) => {
    const { client, server } = await sockets.pair();
    value(sockets.provider.shutdown(client, 'SD_BOTH'));
    refused(sockets.provider.send(client, bytes('x'), 0), 'WSAESHUTDOWN');
    refused(sockets.provider.recv(client, new Uint8Array(8), 0), 'WSAESHUTDOWN');
    assert.equal((await sockets.recv(server)).byteLength, 0);
  });

  suite.case('streams: after a refused connect the same socket can connect again', async (sockets) => {
    const client = sockets.stream();
    for (let i = 0; i < 2; i++) {
      const begun = sockets.provider.connect(client, sockets.deadAddress());
      refused(begun, 'WSAEWOULDBLOCK', 'WSAECONNREFUSED');
      if (answer(begun) === 'WSAEWOULDBLOCK') refused(await sockets.ended(client), 'WSAECONNREFUSED');
    }
    const listener = sockets.listener();
    sockets.begin(client, listener.address);
    const { handle: server } = await sockets.accept(listener.handle);
    value(await sockets.ended(client));
    await converse(sockets, client, server);
  });

  suite.case(
    'streams: reading SO_ERROR of a refused connect does not change finishConnect',
    async (sockets) => {
      const client = sockets.stream();
      const begun = sockets.provider.connect(client, sockets.deadAddress());
      if (answer(begun) === 'WSAECONNREFUSED') return;
      await sockets.ready(client, { write: true });
      assert.equal(value(sockets.provider.getSockOpt(client, 'SO_ERROR')), 10061);
      refused(sockets.provider.finishConnect(client), 'WSAECONNREFUSED');
    },
  );

  suite.case('streams: connections wait in the backlog, in order', async (sockets) => {
    const listener = sockets.listener({ backlog: 8 });
    const clients = [0, 1, 2, 3].map(() => sockets.stream());
    const names: number[] = [];
    for (const client of clients) {
      sockets.begin(client, listener.address);
      names.push(internet(value(sockets.provider.getSockName(client))).port);
      value(await sockets.ended(client));
    }
    const accepted: number[] = [];
    for (const _ of clients) accepted.push(internet((await sockets.accept(listener.handle)).remote).port);
    assert.deepEqual(accepted, names);
    refused(sockets.provider.accept(listener.handle), 'WSAEWOULDBLOCK');
  });

  suite.case('streams: a full backlog refuses the next connection', async (sockets) => {
    const listener = sockets.listener({ backlog: 1 });
    const outcomes = [0, 1, 2, 3, 4, 5].map(async () => {
      const client = sockets.stream();
      const begun = sockets.provider.connect(client, listener.address);
      if (begun.ok || answer(begun) !== 'WSAEWOULDBLOCK') return answer(begun);
      return answer(await sockets.ended(client));
    });
    assert.equal(await Promise.race(outcomes.slice(3)), 'WSAECONNREFUSED');
    await Promise.allSettled(outcomes);
  });

  // Windows documents WSAECONNRESET for accept; a system may also return the connection, or silently drop
  // it.
  suite.case(
    'streams: a connection reset before accept is reported as reset, and the listener goes on',
    async (sockets) => {
      const { handle, address } = sockets.listener();
      const gone = sockets.stream();
      sockets.begin(gone, address);
      value(await sockets.ended(gone));
      sockets.abort(gone);
      const caller = sockets.stream();
      sockets.begin(caller, address);
      value(await sockets.ended(caller));
      const { port } = internet(value(sockets.provider.getSockName(caller)));
      for (let taken = 0; taken < 2; taken++) {
        await sockets.ready(handle, { read: true });
        const accepted = sockets.provider.accept(handle);
        if (!accepted.ok) {
          refused(accepted, 'WSAECONNRESET');
          continue;
        }
        const server = sockets.own(accepted.value.handle);
        if (internet(accepted.value.remote).port === port) return converse(sockets, caller, server);
        await sockets.ready(server, { read: true });
        refused(sockets.provider.recv(server, new Uint8Array(1), 0), 'WSAECONNRESET');
      }
      assert.fail('the connection that stayed was not given');
    },
  );

  suite.case('streams: closing a listener resets the connections in its backlog', async (sockets) => {
    const listener = sockets.listener();
    const client = sockets.stream();
    sockets.begin(client, listener.address);
    await sockets.ready(listener.handle, { read: true });
    sockets.close(listener.handle);
    const end = await sockets.ended(client);
    if (!end.ok) return refused(end, 'WSAECONNREFUSED', 'WSAECONNRESET');
    await sockets.ready(client, { read: true });
    refused(sockets.provider.recv(client, new Uint8Array(8), 0), 'WSAECONNRESET');
  });

  suite.case('streams: a closed listener leaves its connections alone', async (sockets) => {
    const { client, server, listener } = await sockets.pair();
    sockets.close(listener.handle);
    await converse(sockets, client, server);
  });

  suite.case('streams: sendTo ignores the address on a connection', async (sockets) => {
    const { client, server } = await sockets.pair();
    const elsewhere = sockets.deadAddress();
    assert.equal(value(sockets.provider.sendTo(client, bytes('hi'), 0, elsewhere)), 2);
    await sockets.ready(server, { read: true });
    const got = value(sockets.provider.recvFrom(server, new Uint8Array(8), 0));
    assert.deepEqual(got, { bytes: 2, eof: false, truncated: false });
  });

  suite.case(
    "streams: bytes in the peer's buffer are not unsent, even when they are unread",
    async (sockets) => {
      const { client, server } = await sockets.pair();
      await sockets.sendAll(client, bytes('abc'));
      const isSent = () => [0, undefined].includes(value(sockets.provider.unsent(client)));
      await sockets.until('the bytes are acknowledged', isSent);
      value(sockets.provider.shutdown(client, 'SD_SEND'));
      await sockets.until('the end is acknowledged', isSent);
      sockets.close(client);
      assert.equal((await sockets.recvAll(server)).toString('latin1'), 'abc');
    },
  );

  suite.case('streams: unsent falls to 0 when the peer has every byte and the end', async (sockets) => {
    const { client, server } = await sockets.pair();
    const total = sockets.fill(client, server);
    assert.notEqual(value(sockets.provider.unsent(client)), 0);
    value(sockets.provider.shutdown(client, 'SD_SEND'));
    const unsent = value(sockets.provider.unsent(client));
    if (unsent === undefined) return; // the system does not know it
    assert.ok(unsent > 0);
    assert.equal((await sockets.recvAll(server)).byteLength, total);
    await sockets.until('the send queue is empty', () => value(sockets.provider.unsent(client)) === 0);
  });
};
