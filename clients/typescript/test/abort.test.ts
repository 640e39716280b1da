/** Waits that are given up: no byte, no connection and no datagram is lost by it, at whatever moment it happens. */
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { setTimeout as after } from 'node:timers/promises';
import fc from 'fast-check';
import { PartlySentError } from 'winsockd-client';
import { open, pair } from './rigs.js';

/** When a wait is given up: after so many turns of the event loop. */
const moment = fc.integer({ min: 0, max: 12 });

const abortAfter = (turns: number): AbortSignal => {
  const stop = new AbortController();
  const turn = (left: number) => {
    if (left === 0) stop.abort('given up');
    else setImmediate(turn, left - 1);
  };
  turn(turns);
  return stop.signal;
};

/** The value, or undefined if it was given up. */
const unlessGivenUp = async <T>(promise: Promise<T>): Promise<T | undefined> => {
  try {
    return await promise;
  } catch (error) {
    assert.equal(error, 'given up');
    return undefined;
  }
};

test('receives that are given up lose no byte, and keep the order', async (t) => {
  const { client, peer } = await pair(t);
  let crossings = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ size: fc.integer({ min: 1, max: 9 }), at: moment, at2: moment }), {
        maxLength: 12,
      }),
      async (rounds) => {
        let next = 0;
        const received: number[] = [];
        const total = rounds.reduce((sum, { size }) => sum + size, 0);
        for (const { size, at, at2 } of rounds) {
          // Two at once: the second must not overtake what the first had taken.
          const reads = [at, at2].map((turns) =>
            unlessGivenUp(client.socket.recv({ maxBytes: 5, signal: abortAfter(turns) })),
          );
          await peer.socket.send(Uint8Array.from({ length: size }, () => next++ % 256));
          for (const bytes of await Promise.all(reads)) {
            if (bytes === undefined) crossings++;
            else received.push(...bytes);
          }
        }
        while (received.length < total) received.push(...(await client.socket.recv({ timeoutMs: 5000 })));
        assert.deepEqual(
          received,
          Array.from({ length: total }, (_, place) => place % 256),
        );
      },
    ),
    { numRuns: 40 },
  );
  assert.ok(crossings > 20, `only ${crossings} were given up`);
});

test('what a receive took that was given up is there for MSG_PEEK and MSG_WAITALL', async (t) => {
  const { client, peer } = await pair(t);
  // An answer that has come is not taken while the program is busy, so its abort is sent after it.
  const stop = new AbortController();
  const given = client.socket.recv({ signal: stop.signal });
  await peer.socket.send('abc');
  // recv and send are both answered; if the answer of recv was read first, there is nothing to keep.
  stop.abort('given up');
  const first = await unlessGivenUp(given);
  if (first !== undefined) await peer.socket.send('abc');
  assert.equal(String(await client.socket.recv({ maxBytes: 2, flags: ['MSG_PEEK'] })), 'ab');
  const whole = client.socket.recv({ maxBytes: 5, flags: ['MSG_WAITALL'] });
  await peer.socket.send('de');
  assert.equal(String(await whole), 'abcde');
});

test('accepts that are given up lose no connection', async (t) => {
  const rig = await open(t, { provider: 'lab' });
  const listener = await rig.listen({ host: '10.0.0.1', port: 0 });
  await fc.assert(
    fc.asyncProperty(fc.array(moment, { maxLength: 8 }), async (moments) => {
      const ports = new Set<number | undefined>();
      const expected = new Set<number | undefined>();
      for (const at of moments) {
        const accepting = unlessGivenUp(listener.accept({ signal: abortAfter(at) }));
        expected.add((await rig.connect(listener.address())).localPort);
        ports.add((await accepting)?.remotePort);
        ports.delete(undefined);
      }
      while (ports.size < expected.size) ports.add((await listener.accept({ timeoutMs: 5000 })).remotePort);
      assert.deepEqual(ports, expected);
    }),
    { numRuns: 20 },
  );
});

test('a listener that is closed closes what an accept had taken that was given up', async (t) => {
  const rig = await open(t, { provider: 'lab' });
  for (let turns = 0; turns < 10; turns++) {
    const listener = await rig.listen({ host: '10.0.0.1', port: 0 });
    const accepting = unlessGivenUp(listener.accept({ signal: abortAfter(turns) }));
    const client = await rig.connect(listener.address());
    const accepted = await accepting;
    await listener.close();
    accepted?.destroy();
    client.on('error', () => undefined).resume();
    await after(0);
    client.destroy();
    if (!client.closed) await new Promise((resolve) => client.once('close', resolve));
  }
  // The ends of connections that nobody has close after their listener.
  const deadline = performance.now() + 5000;
  while ((await rig.session.sockets()).length > 0)
    assert.ok(performance.now() < deadline, 'sockets stay open');
});

test('a connection that nobody has, and that cannot be closed, harms nobody', async (t) => {
  const rig = await open(t, { provider: 'lab' });
  const listener = await rig.listen({ host: '10.0.0.1', port: 0 });
  const client = await rig.socket();
  const stop = new AbortController();
  const accepting = unlessGivenUp(listener.accept({ signal: stop.signal }));
  const connecting = client.connect(listener.address());
  await new Promise(setImmediate);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100); // the answers come, and are not read
  stop.abort('given up');
  await Promise.all([accepting, connecting]);
  const fault = await rig.armFault({ effect: 'fail', operation: 'close', code: 'WSAENETDOWN' });
  await assert.rejects(listener.close(), { name: 'WSAENETDOWN' });
  await listener.socket.info(); // behind the close of the connection
  assert.equal(await fault.hits(), 2);
});

test('a send that is given up tells how many bytes it has sent', async (t) => {
  const { client, peer } = await pair(t);
  await fc.assert(
    fc.asyncProperty(moment, fc.integer({ min: 1, max: 3_000_000 }), async (at, size) => {
      let told = 0;
      try {
        told = await client.socket.send(new Uint8Array(size), { signal: abortAfter(at) });
      } catch (error) {
        if (error instanceof PartlySentError) told = error.bytesSent;
        else assert.equal(error, 'given up');
      }
      assert.ok(told <= size);
      for (let left = told; left > 0; )
        left -= (await peer.socket.recv({ maxBytes: left, timeoutMs: 5000 })).length;
      await assert.rejects(peer.socket.recv({ timeoutMs: 0 }), { name: 'WSAETIMEDOUT' });
    }),
    { numRuns: 15 },
  );
});

test('a datagram that a receive took which was given up is there for the next', async (t) => {
  const rig = await open(t, { provider: 'lab' });
  const [from, to] = [
    await rig.datagram({ host: '10.0.0.1', port: 0 }),
    await rig.datagram({ host: '10.0.0.2', port: 7 }),
  ];
  for (let turns = 0; turns < 12; turns++) {
    const receiving = unlessGivenUp(to.recvFrom({ signal: abortAfter(turns) }));
    await from.sendTo(`number ${turns}`, { host: '10.0.0.2', port: 7 });
    const { data } = (await receiving) ?? (await to.recvFrom({ timeoutMs: 5000 }));
    assert.equal(String(data), `number ${turns}`);
  }
});

test('a signal that was aborted before begins nothing', async (t) => {
  const { client } = await pair(t);
  const before = (await client.socket.journal()).length;
  await assert.rejects(
    client.socket.recv({ signal: AbortSignal.abort('given up') }),
    (error) => error === 'given up',
  );
  assert.equal((await client.socket.journal()).length, before);
});

test('a call that waits for its turn at the socket hears its signal and its time-out', async (t) => {
  const { client, peer } = await pair(t);
  const first = client.socket.recv();
  await assert.rejects(client.socket.recv({ timeoutMs: 10 }), { code: 10060, name: 'WSAETIMEDOUT' });
  await assert.rejects(client.socket.recv({ signal: AbortSignal.timeout(10) }), { name: 'TimeoutError' });
  await peer.socket.send('x');
  assert.equal(String(await first), 'x');
});

test('one signal for many calls is no leak, and is left when they end', async (t) => {
  const { client, listener } = await pair(t);
  const warned: Error[] = [];
  const hear = (warning: Error) => warned.push(warning);
  process.on('warning', hear);
  t.after(() => process.off('warning', hear));
  const stop = new AbortController();
  const { signal } = stop;
  const waits = Array.from({ length: 20 }, () => unlessGivenUp(listener.accept({ signal })));
  const calls = Array.from({ length: 20 }, () => client.socket.call('getSocket', {}, { signal }));
  await Promise.all(calls);
  stop.abort('given up');
  assert.deepEqual(new Set(await Promise.all(waits)), new Set([undefined]));
  assert.equal(getEventListeners(signal, 'abort').length, 0);
  await after(0);
  assert.deepEqual(warned, []);
});
