/** What every WebSocket of the daemon has in common: messages, pings, the end of the daemon. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { NO_EVENTS } from '../../../src/operations/journal/event-feed.js';
import { RpcSocket } from '../../scenarios/rpc/rpc-socket.js';
import { until } from '../../scenarios/test-daemon.js';
import { type BuildOptions, build, TOKEN } from '../build.js';

const open = async (t: TestContext, options?: BuildOptions) => {
  const built = await build(t, options);
  return { ...built, rpc: await RpcSocket.open(t, built) };
};

const CALL = { jsonrpc: '2.0', id: 1, method: 'rpc.cancel', params: { id: 1 } };

/** A call of that many bytes. */
const callOf = (bytes: number): string => {
  const text = JSON.stringify({ ...CALL, params: { id: 'x' } });
  return text.replace('"x"', `"${'x'.repeat(bytes - text.length + 1)}"`);
};

test('a message of more than 8 MiB closes with 1009, one of 8 MiB is read', async (t) => {
  const { rpc } = await open(t);
  const most = 8 * 1024 * 1024;
  const answered = rpc.answerTo(1);
  rpc.send(callOf(most));
  assert.deepEqual((await answered).result, { cancelled: false });
  rpc.send(callOf(most + 1));
  assert.equal((await rpc.closed).code, 1009);
});

test('a binary message closes with 1003', async (t) => {
  const { rpc, calls } = await open(t);
  rpc.ws.send(Buffer.from(JSON.stringify(CALL)), { binary: true });
  rpc.send({ ...CALL, method: 'close', params: { socketId: 's' } });
  assert.equal((await rpc.closed).code, 1003);
  assert.equal(calls.length, 0);
});

test('a text that is not UTF-8 closes with 1007', async (t) => {
  const { rpc } = await open(t);
  rpc.ws.send(Buffer.from([0x22, 0xff, 0x22]), { binary: false });
  assert.equal((await rpc.closed).code, 1007);
});

test('frames that break the protocol close with 1002', async (t) => {
  const { rpc } = await open(t);
  // Not masked.
  rpc.connection.write(Buffer.from([0x81, 0x02, 0x7b, 0x7d]));
  assert.equal((await rpc.closed).code, 1002);
});

test('no message is compressed, also if the client offers it', async (t) => {
  let offered: string | undefined;
  const built = await build(t);
  built.app.server.prependListener('upgrade', ({ headers }) => {
    offered = headers['sec-websocket-extensions'];
  });
  const rpc = await RpcSocket.open(t, built, { offersCompression: true });
  assert.match(offered ?? '', /^permessage-deflate/);
  assert.equal(rpc.ws.extensions, '');
  await rpc.settled();
});

/** A feed whose intervals the test runs. */
const manualIntervals = () => {
  const intervals = new Map<() => void, number>();
  return {
    events: {
      ...NO_EVENTS,
      every: (ms: number, run: () => void) => {
        const one = () => run();
        intervals.set(one, ms);
        return () => void intervals.delete(one);
      },
    },
    /** Runs those of that length once. */
    pass: (ms: number) => {
      for (const [run, length] of [...intervals]) if (length === ms) run();
    },
    count: (ms: number) => [...intervals.values()].filter((length) => length === ms).length,
  };
};

const PING_MS = 20_000;

test('a client that answers no ping for 60 seconds is cut off, one that answers is not', async (t) => {
  const { events, pass, count } = manualIntervals();
  const { rpc, ...built } = await open(t, { events });
  const silent = await RpcSocket.open(t, built);
  let pings = 0;
  silent.ws.on('ping', () => {
    pings++;
  });
  // The client's library would answer.
  Object.assign(silent.ws, { _autoPong: false });
  assert.equal(count(PING_MS), 1);
  for (let n = 1; n <= 3; n++) {
    let answered = 0;
    rpc.ws.once('ping', () => {
      answered++;
    });
    pass(PING_MS);
    await until(() => answered === 1 && pings === n, 'both have the ping');
    // Its pong has come when a later call is answered.
    await rpc.settled();
    await silent.settled();
  }
  assert.equal(silent.closeCode, undefined);
  pass(PING_MS);
  assert.equal((await silent.closed).code, 1006);
  for (let n = 0; n < 5; n++) {
    const asked = new Promise((resolve) => rpc.ws.once('ping', resolve));
    pass(PING_MS);
    await asked;
    await rpc.settled();
  }
  rpc.ws.close();
  await rpc.closed;
  await until(() => count(PING_MS) === 0, 'nobody is pinged');
});

test('many pings and pongs are taken; a flood of pings ends the WebSocket', async (t) => {
  const { rpc } = await open(t);
  for (let n = 0; n < 500; n++) rpc.ws.pong();
  await rpc.settled();
  for (let n = 0; n < 200; n++) {
    rpc.ws.ping();
    if (n % 20 === 0) await rpc.settled();
  }
  await rpc.settled();
  rpc.connection.cork();
  // The pongs to the first 60 are not written yet.
  for (let n = 0; n < 200; n++) rpc.ws.ping();
  rpc.connection.uncork();
  assert.equal((await rpc.closed).code, 1006);
});

test('a daemon that ends closes with 1001, and waits for no client that does not answer', async (t) => {
  const { rpc, listeners, ...built } = await open(t);
  const deaf = await RpcSocket.open(t, built);
  deaf.ws.pause();
  const began = performance.now();
  await listeners.close();
  assert.ok(performance.now() - began < 6000);
  assert.equal((await rpc.closed).code, 1001);
});

test('a bug at the opening is in the log, and closes with 1011', async (t) => {
  const events = {
    ...NO_EVENTS,
    get maxBytes(): number {
      throw new Error('a bug');
    },
  };
  const { url, logged } = await build(t, { events });
  const rpc = await RpcSocket.open(t, { url }, { token: TOKEN });
  assert.equal((await rpc.closed).code, 1011);
  assert.equal(logged.filter((line) => line.includes('request failed by a bug')).length, 1);
});
