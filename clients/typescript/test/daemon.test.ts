/** What the daemon has beside sockets: batches, faults, journals, captures, relays, events, the lab, datagrams. */
import assert from 'node:assert/strict';
import net from 'node:net';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { UnmetError, WinsockError } from 'winsockd-client';
import { listening, open, pair } from './rigs.js';

test('a batch passes results on, and expects what is to fail', async (t) => {
  const rig = await open(t);
  const sessionId = rig.session.id;
  const batch = rig.batch();
  const server = batch.add('socket', { sessionId, provider: 'lab', family: 'AF_INET' });
  const bound = batch.add('bind', {
    socketId: server.ref('socketId'),
    address: { family: 'AF_INET', address: '10.0.0.1', port: 0 },
  });
  batch.add('listen', { socketId: server.ref('socketId') });
  const client = batch.add('socket', { sessionId, provider: 'lab', family: 'AF_INET' });
  batch.add('connect', { socketId: client.ref('socketId'), address: bound.ref('localAddress') });
  const sent = batch.add(
    'send',
    { socketId: client.ref('socketId'), data: { text: 'record' } },
    { repeat: 3 },
  );
  const late = batch.add('listen', { socketId: client.ref('socketId') }, { expectError: 'WSAEISCONN' });
  assert.throws(() => sent.outcome, TypeError);
  await batch.run();
  assert.deepEqual([batch.outcome, sent.answer.runs, sent.result.bytesSent], ['completed', 3, 6]);
  assert.deepEqual([late.outcome, late.error?.name], ['expected', 'WSAEISCONN']);
  assert.equal(bound.result.localAddress.address, '10.0.0.1');
  // @ts-expect-error: its result has no such member
  server.ref('bytesSent');
});

test('a batch that fails throws the error of its step, or what it has not met', async (t) => {
  const rig = await open(t);
  const sessionId = rig.session.id;
  const failing = rig.batch();
  const opened = failing.add('socket', { sessionId, provider: 'lab' });
  failing.add('send', { socketId: opened.ref('socketId'), data: { text: 'x' } });
  const skipped = failing.add('close', { socketId: opened.ref('socketId') });
  await assert.rejects(failing.run(), { code: 10057, name: 'WSAENOTCONN' });
  assert.equal(skipped.outcome, 'skipped');
  assert.throws(() => skipped.result, UnmetError);
  const unmet = rig.batch();
  unmet.add('getSession', { sessionId }, { expect: { '/sockets': 9 } });
  await assert.rejects(unmet.run(), /getSession: .*sockets/);
  assert.equal((await unmet.run({ check: false })).outcome, 'failed');
});

test('a batch that is given up has what its steps did', async (t) => {
  const { rig, client } = await pair(t);
  const batch = rig.batch();
  const first = batch.add('getSocket', { socketId: client.socket.id });
  const waiting = batch.add('recv', { socketId: client.socket.id });
  await assert.rejects(batch.run({ signal: AbortSignal.timeout(30) }), { name: 'TimeoutError' });
  assert.deepEqual([batch.outcome, first.outcome, waiting.outcome], ['cancelled', 'ok', 'cancelled']);
});

test('faults hit a socket or a session; the journal and the capture show it', async (t) => {
  const rig = await open(t);
  const listener = await rig.listen({ port: 0 });
  const client = await rig.connect(listener.address(), { capture: { maxBytes: 1000 } });
  {
    await using fault = await client.socket.armFault({
      effect: 'fail',
      operation: 'send',
      nth: 2,
      code: 'WSAENETDOWN',
    });
    await client.socket.send('one');
    await assert.rejects(client.socket.send('two'), { name: 'WSAENETDOWN' });
    assert.equal(await fault.hits(), 1);
  }
  assert.deepEqual(await rig.session.faults(), []);
  const sends = (await client.socket.journal()).filter(({ operation }) => operation === 'send');
  assert.deepEqual(
    sends.map(({ outcome }) => outcome),
    ['ok', 'failed'],
  );
  const capture = Buffer.from(await client.socket.capture());
  assert.deepEqual([capture.includes('one'), capture.includes('two')], [true, false]);
  const armed = await rig.armFault({ effect: 'fail', operation: 'connect', code: 'WSAECONNREFUSED' });
  await assert.rejects(rig.connect(listener.address()), { name: 'WSAECONNREFUSED' });
  assert.equal((await armed.info()).hits, 1);
  await rig.session.reset();
  (await rig.connect(listener.address())).destroy();
});

test('a fault in a long send is told with the bytes before it', async (t) => {
  const { client, peer } = await pair(t);
  await client.socket.armFault({ effect: 'reset', operation: 'send', afterBytes: 600_000 });
  peer.on('error', () => undefined).resume();
  await assert.rejects(client.socket.send(new Uint8Array(1_000_000)), (error) => {
    assert.ok(error instanceof WinsockError);
    assert.deepEqual([error.name, error.bytesSent], ['WSAECONNRESET', 600_000]);
    return true;
  });
});

test('a delay does not outlast the signal', async (t) => {
  const { client } = await pair(t);
  await client.socket.armFault({ effect: 'delay', operation: 'send', delayMs: 900 });
  await assert.rejects(client.socket.send('x', { signal: AbortSignal.timeout(30) }), {
    name: 'TimeoutError',
  });
  assert.equal((await client.socket.journal()).at(-1)?.name, 'WSA_OPERATION_ABORTED');
});

test('a relay joins connections to a server of somebody else', async (t) => {
  const rig = await open(t);
  const port = await listening(
    t,
    net.createServer((socket) => socket.pipe(socket)),
  );
  const listener = await rig.listen({ port: 0 });
  {
    await using relay = await listener.startRelay({ host: '127.0.0.1', port }, { maxConnections: 2 });
    const direct = net.connect(listener.address().port ?? 0, '127.0.0.1');
    direct.end('echo');
    assert.equal(String(await buffer(direct)), 'echo');
    assert.equal((await relay.pairs()).length, 1);
    assert.equal((await relay.pause()).state, 'paused');
    await relay.resume();
    await relay.setFaults([{ end: 'client', effect: 'reset', operation: 'send' }]);
    assert.equal((await rig.session.relays())[0]?.id, relay.id);
  }
  assert.deepEqual(await rig.session.relays(), []);
});

test('events come in their order, to one reader, until it leaves', async (t) => {
  const { rig, client } = await pair(t);
  const seen: string[] = [];
  const events = await rig.session.subscribe({ kinds: ['operation'] });
  await Promise.all([client.socket.send('x'), client.socket.shutdown('SD_SEND')]);
  for await (const { kind, event } of events) {
    if (kind === 'operation') seen.push(event.operation);
    if (seen.length === 2) break;
  }
  assert.deepEqual(seen, ['send', 'shutdown']);
  assert.equal((await events.next()).done, true);
});

test('several calls of next wait for an event each', async (t) => {
  const { client } = await pair(t);
  const events = await client.socket.subscribe({ kinds: ['operation'] });
  const both = Promise.all([events.next(), events.next()]);
  await client.socket.send('x');
  await client.socket.shutdown('SD_SEND');
  const names = (await both).map(({ value }) => value?.kind === 'operation' && value.event.operation);
  assert.deepEqual(names, ['send', 'shutdown']);
  const rest = Promise.all([events.next(), events.next()]);
  await events.return();
  assert.deepEqual(
    (await rest).map(({ done }) => done),
    [true, true],
  );
});

test('a reader that is too slow for its events gets an error; an abort ends a subscription', async (t) => {
  const { client } = await pair(t);
  const events = await client.socket.subscribe({ limit: 2 });
  for (let count = 0; count < 5; count++) await client.socket.send('x');
  await assert.rejects(async () => {
    for await (const _ of events);
  }, RangeError);
  const stop = new AbortController();
  const others = await client.socket.subscribe({ signal: stop.signal });
  const next = assert.rejects(others.next(), (error) => error === 'enough');
  stop.abort('enough');
  await next;
});

test('the events of a socket end with its session', async (t) => {
  const rig = await open(t);
  const session = await rig.beginSession({ provider: 'lab' });
  const socket = await session.socket();
  const events = await socket.subscribe({ kinds: ['state'] });
  await socket.close();
  await session.end();
  const states: string[] = [];
  for await (const { kind, event } of events) if (kind === 'state') states.push(event.to);
  assert.deepEqual(states, ['closed']);
});

test('datagrams, with the address of their sender', async (t) => {
  const rig = await open(t);
  const [one, two] = [await rig.datagram({ port: 0 }), await rig.datagram({ port: 0 })];
  assert.equal(await one.sendTo('hello', await two.localAddress()), 5);
  const { data, address, truncated } = await two.recvFrom({ maxBytes: 4 });
  assert.deepEqual([String(data), address, truncated], ['hell', await one.localAddress(), true]);
  await one.connect(await two.localAddress());
  await one.send('connected');
  assert.equal(String(await two.recv()), 'connected');
  await assert.rejects(two.recvFrom({ timeoutMs: 10 }), { code: 10060 });
});

test('options have the members of their types', async (t) => {
  const { client } = await pair(t);
  await client.socket.setOption('SOL_SOCKET', 'SO_KEEPALIVE', true);
  assert.deepEqual(await client.socket.getOption('SOL_SOCKET', 'SO_KEEPALIVE'), { boolean: true });
  await client.socket.setOption('SOL_SOCKET', 'SO_RCVBUF', 65_536);
  await assert.rejects(client.socket.setOption('SOL_SOCKET', 'SO_NOTHING', 1));
});

test('the network of the lab and its clock', async (t) => {
  const rig = await open(t, { provider: 'lab' });
  assert.equal((await rig.session.setLabLink({ latencyMs: 50 })).latencyMs, 50);
  const { timeMs } = await rig.session.advanceLabClock(0);
  assert.equal((await rig.session.advanceLabClock(100)).timeMs, timeMs + 100);
});
