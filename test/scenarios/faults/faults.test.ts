/** Faults on demand: every effect on every provider, and the same hits again with the same seed. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { OPERATIONS } from '../../../src/operations/list.js';
import { canFault } from '../../../src/operations/operation.js';
import { ManualClock } from '../../daemon/waiting/manual-clock.js';
import {
  loopback,
  PROVIDERS,
  startDaemon,
  startSession,
  type TestDaemon,
  type TestSession,
  TestSocket,
  textOf,
  until,
} from '../test-daemon.js';

const SESSION_CALLS = OPERATIONS.filter((op) => canFault(op) && op.scope === 'session').map(
  ({ name }) => name,
);

const countersOf = async (
  daemon: TestDaemon,
  session: TestSession,
  id: string,
): Promise<[number, number]> => {
  const { calls, hits } = await daemon.api.ok.get(`${session.path}/faults/${id}`);
  return [calls, hits];
};

for (const provider of PROVIDERS) {
  describe(`faults on ${provider}`, () => {
    test('a program fails its third send with WSAENETDOWN and its next connect with WSAECONNREFUSED, twice alike', async (t) => {
      const daemon = await startDaemon(t);
      const program = async (): Promise<string[]> => {
        const session = await startSession(daemon, provider, {
          faults: [
            { operation: 'send', nth: 3, effect: 'fail', code: 'WSAENETDOWN' },
            { operation: 'connect', nth: 2, effect: 'fail', code: 'WSAECONNREFUSED' },
            { operation: 'recv', probability: 0.4, seed: 7, effect: 'fail', code: 'WSAENOBUFS' },
          ],
        });
        const [client, server] = await session.pair();
        const log: string[] = [];
        const say = async (socket: TestSocket, operation: string, params: object): Promise<void> => {
          const { status, headers, body } = await socket.answer(operation, params);
          const { name, code, fault, detail, state, retryable, bytesSent, bytesReceived } = body;
          const hit = headers['winsockd-fault'];
          log.push(
            JSON.stringify([
              operation,
              status,
              hit,
              name,
              code,
              fault,
              detail,
              state,
              retryable,
              bytesSent,
              bytesReceived,
            ]),
          );
        };
        for (const text of ['one', 'two', 'three', 'four']) await say(client, 'send', { data: { text } });
        await server.untilAvailable('onetwofour'.length);
        for (let i = 0; i < 20; i++) await say(server, 'recv', { maxBytes: 1, timeoutMs: 0 });
        const listener = await session.listener();
        const another = await session.stream();
        await say(another, 'connect', { address: await listener.sockName() });
        await say(another, 'connect', { address: await listener.sockName() });
        const { faults } = await daemon.api.ok.get(`${session.path}/faults`);
        for (const { faultId, calls, hits, spent } of faults)
          log.push([faultId, calls, hits, spent].join(' '));
        await daemon.api.ok.delete(session.path);
        return log;
      };
      const first = await program();
      assert.deepEqual(await program(), first);
      assert.match(first[2] ?? '', /^\["send",503,"flt_1","WSAENETDOWN",10050,"flt_1",.*"connected",true,/);
      assert.match(first[3] ?? '', /^\["send",200,/);
      assert.match(first[24] ?? '', /^\["connect",\d+,"flt_2","WSAECONNREFUSED",10061,"flt_2",/);
      assert.match(first[25] ?? '', /^\["connect",200,/);
      const recvs = first.slice(4, 24).filter((line) => line.includes('"flt_3"'));
      assert.ok(recvs.length > 2 && recvs.length < 18);
      assert.deepEqual(first.slice(26), [
        'flt_1 4 1 true',
        'flt_2 3 1 true',
        `flt_3 20 ${recvs.length} false`,
      ]);
    });

    test('a socket is opened with its fault; the failure is the last error, the connection lives', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const created = await daemon.api.ok.post(`${session.path}/sockets`, {
        provider,
        family: 'AF_INET',
        type: 'SOCK_STREAM',
        faults: [{ operation: 'send', times: 1, effect: 'fail', code: 'WSAECONNRESET' }],
      });
      assert.deepEqual(created.faultIds, ['flt_1']);
      const client = new TestSocket(daemon, created.socketId);
      await client.ok('connect', { address: await listener.sockName() });
      const server = await listener.accept();
      await server.ok('send', { data: { text: 'no fault of its own' } });
      const problem = await client.problem('send', { data: { text: 'x' } });
      assert.deepEqual([problem.name, problem.fault, problem.state], ['WSAECONNRESET', 'flt_1', 'connected']);
      assert.match(problem.detail, /fault flt_1 answered this; the call was not made/);
      assert.equal((await daemon.api.ok.get(`${session.path}/lastError`)).code, 10054);
      await client.ok('send', { data: { text: 'now' } });
      assert.equal(textOf(await server.ok('recv')), 'now');
      await client.ok('close');
      assert.deepEqual(await daemon.api.ok.get(`${session.path}/faults`), { faults: [] });
    });

    test('a code that the operation does not state passes, WSAENOTSOCK too, for calls of the session as well', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const socket = await session.stream();
      await session.arm({ operation: 'bind', effect: 'fail', code: 'WSAENOTSOCK' });
      await session.arm({
        operation: 'socket',
        effect: 'fail',
        code: 'WSAEMFILE',
      });
      const problem = await socket.problem('bind', { address: loopback('AF_INET', 0) });
      assert.deepEqual([problem.code, problem.status, problem.fault], [10038, 404, 'flt_1']);
      const full = await daemon.api.problem.post(`${session.path}/sockets`, {
        provider,
        family: 'AF_INET',
        type: 'SOCK_STREAM',
      });
      assert.deepEqual([full.name, full.fault], ['WSAEMFILE', 'flt_2']);
      await daemon.api.ok.delete(`${session.path}/faults/flt_1`);
      await socket.ok('bind', { address: loopback('AF_INET', 0) });
    });

    test('fail after: the call was made, its result is dropped, and what it took goes back', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const client = await session.stream();
      await client.ok('connect', { address: await listener.sockName() });
      await session.arm({
        operation: 'accept',
        nth: 1,
        effect: 'fail',
        code: 'WSAECONNRESET',
        phase: 'after',
      });
      assert.equal((await listener.problem('accept', { timeoutMs: 10_000 })).fault, 'flt_1');
      const server = await listener.accept({ timeoutMs: 10_000 });
      await session.arm({
        socketId: server.id,
        operation: 'recv',
        nth: 1,
        effect: 'fail',
        code: 'WSAENOBUFS',
        phase: 'after',
      });
      await session.arm({
        socketId: client.id,
        operation: 'send',
        nth: 1,
        effect: 'fail',
        code: 'WSAENOBUFS',
        phase: 'after',
      });
      const sent = await client.problem('send', { data: { text: 'really sent' } });
      assert.match(sent.detail, /the call was made, and its result dropped/);
      assert.equal((await server.problem('recv', { timeoutMs: 10_000 })).name, 'WSAENOBUFS');
      assert.equal(textOf(await server.ok('recv', { timeoutMs: 10_000 })), 'really sent');
    });

    test('a close that fails before leaves the socket open; one that fails after has closed it', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      await session.arm({ operation: 'close', nth: 1, effect: 'fail', code: 'WSAEINTR' });
      await session.arm({ operation: 'close', nth: 2, effect: 'fail', code: 'WSAEINTR', phase: 'after' });
      assert.equal((await client.problem('close')).fault, 'flt_1');
      await client.ok('send', { data: { text: 'still open' } });
      assert.equal((await client.problem('close')).fault, 'flt_2');
      assert.equal((await client.problem('close')).status, 410);
      assert.equal(await server.drain(), 'still open');
    });

    test('delay: before the call, within its limits, and ended by a close', async (t) => {
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock });
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      await session.arm({ operation: 'send', effect: 'delay', delayMs: 5_000 });
      const slow = client.answer('send', { data: { text: 'late' } });
      await client.untilBusy();
      assert.equal((await server.problem('recv', { timeoutMs: 0 })).name, 'WSAETIMEDOUT');
      clock.advance(5_000);
      const { status, headers, body } = await slow;
      assert.deepEqual([status, headers['winsockd-fault'], body.bytesSent], [200, 'flt_1', 4]);
      assert.equal(headers['server-timing'], 'native;dur=0, wait;dur=5000', 'the wait is not native time');
      const limited = client.problem('send', { data: { text: 'never' }, timeoutMs: 1_000 });
      await client.untilBusy();
      clock.advance(1_000);
      const late = await limited;
      assert.deepEqual([late.name, late.fault], ['WSAETIMEDOUT', 'flt_1']);
      const closed = client.problem('send', { data: { text: 'never' } });
      await client.untilBusy();
      await client.ok('close');
      assert.equal((await closed).name, 'WSAEINTR');
      assert.equal(textOf(await server.ok('recv', { timeoutMs: 10_000 })), 'late');
    });

    test('slice: a short send, and a receive in pieces', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      await session.arm({ socketId: client.id, operation: 'send', effect: 'slice', bytes: 5 });
      await session.arm({ socketId: server.id, effect: 'slice', bytes: 2 });
      const { status, headers, body } = await client.answer('send', { data: { text: 'short send' } });
      assert.deepEqual([status, headers['winsockd-fault'], body.bytesSent], [200, 'flt_1', 5]);
      const pieces: string[] = [];
      while (pieces.join('').length < 5) pieces.push(textOf(await server.ok('recv', { timeoutMs: 10_000 })));
      assert.deepEqual(pieces, ['sh', 'or', 't']);
    });

    test('reset: the peer is reset, the id stays and answers WSAECONNRESET until it is closed', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      const waiting = client.answer('recv', { timeoutMs: 10_000 });
      await client.untilBusy();
      await session.arm({ socketId: client.id, operation: 'send', nth: 2, effect: 'reset' });
      await client.ok('send', { data: { text: 'one' } });
      assert.equal(textOf(await server.ok('recv', { timeoutMs: 10_000 })), 'one');
      const problem = await client.problem('send', { data: { text: 'two' } });
      assert.deepEqual([problem.code, problem.fault, problem.state], [10054, 'flt_1', 'reset']);
      const ended = await waiting;
      assert.deepEqual([ended.body.code, ended.body.fault], [10054, 'flt_1'], 'what waited ends alike');
      assert.equal((await server.problem('recv', { timeoutMs: 10_000 })).name, 'WSAECONNRESET');
      assert.equal((await server.info()).state, 'reset');
      for (const operation of ['recv', 'sendDisconnect']) {
        const again = await client.problem(operation);
        assert.deepEqual([again.code, again.fault], [10054, 'flt_1'], operation);
      }
      assert.equal((await client.info()).state, 'reset');
      // Its handle is gone, and may be another socket by now: nothing reaches it.
      const [next, other] = await session.pair();
      await client.ok('close');
      assert.equal((await client.problem('recv')).status, 410);
      await next.ok('send', { data: { text: 'untouched' } });
      assert.equal(textOf(await other.ok('recv', { timeoutMs: 10_000 })), 'untouched');
    });

    test('reset: a select, a poll and a wait for events that it ends name the fault, as does a later look', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client] = await session.pair();
      const [another] = await session.pair();
      await client.ok('eventSelect', { events: ['FD_READ'] });
      await session.arm({ socketId: client.id, operation: 'shutdown', effect: 'reset' });
      const ids = [another.id, client.id];
      const post = (operation: string, params: object) =>
        daemon.api.post(`${session.path}/${operation}`, params);
      const sockets = ids.map((socketId) => ({ socketId, events: ['POLLIN'] }));
      const waiting = [
        post('select', { except: ids }),
        post('select', { read: ids }),
        post('poll', { sockets }),
        client.answer('enumNetworkEvents', { timeoutMs: 10_000 }),
      ];
      const { calls } = daemon.app.daemon.sockets.find(client.id)?.session ?? {};
      await until(() => calls?.size === waiting.length, 'all of them wait');
      await client.problem('shutdown', { how: 'SD_SEND' });
      const [except, read, polled, events] = await Promise.all(waiting);
      assert.deepEqual([except?.body.name, except?.body.fault], ['WSAECONNRESET', 'flt_1']);
      assert.deepEqual(read?.body.read, [client.id]);
      assert.equal(polled?.body.ready, 1);
      assert.equal(events?.body.fault, 'flt_1');
      const later = await post('select', { read: ids, timeoutMs: 0 });
      assert.deepEqual(later.body.read, [client.id]);
      const urgent = await post('select', { write: [another.id], except: [client.id], timeoutMs: 0 });
      const named = [except, read, polled, events, later, urgent].map(
        (one) => one?.headers['winsockd-fault'],
      );
      assert.deepEqual(named, ['flt_1', 'flt_1', 'flt_1', 'flt_1', 'flt_1', undefined]);
      const { entries } = await daemon.api.ok.get(`${session.path}/journal`);
      const recorded = entries.filter((one: { operation: string }) => /^(select|poll)$/.test(one.operation));
      assert.deepEqual(
        recorded.map(({ faults }: { faults?: string[] }) => faults?.join()),
        ['flt_1', 'flt_1', 'flt_1', 'flt_1', undefined],
      );
    });

    test('reset ends whoever waits, in a lane or in its call, and a close beside it', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      const waiting = [1, 2, 3].map(() => client.answer('recv', { timeoutMs: 10_000 }));
      await client.untilBusy();
      await session.arm({ operation: 'shutdown', effect: 'reset' });
      const [reset, closed] = await Promise.all([
        client.answer('shutdown', { how: 'SD_SEND' }),
        client.answer('close'),
      ]);
      // Which of the two comes first is the network's choice; nothing hangs, and the peer is told.
      assert.ok(reset.body.code === 10054 || reset.body.code === 10038, JSON.stringify(reset.body));
      assert.ok(closed.status === 200, JSON.stringify(closed.body));
      for (const { body } of await Promise.all(waiting))
        assert.ok([10054, 10004].includes(body.code), body.name);
      if (reset.body.code === 10054) {
        assert.equal((await server.problem('recv', { timeoutMs: 10_000 })).name, 'WSAECONNRESET');
      }
      assert.equal((await client.problem('recv')).status, 410);
    });

    test('freeze: receives and accepts see nothing for a while', async (t) => {
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock });
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const client = await session.stream();
      await client.ok('connect', { address: await listener.sockName() });
      await session.arm({ socketId: listener.id, nth: 1, effect: 'freeze', freezeMs: 10_000 });
      const early = listener.problem('accept', { timeoutMs: 1_000 });
      await listener.untilBusy();
      clock.advance(1_000);
      assert.deepEqual([(await early).name, (await early).fault], ['WSAETIMEDOUT', 'flt_1']);
      await listener.ok('ioctl', { request: 'FIONBIO', value: 1 });
      assert.equal((await listener.problem('accept')).name, 'WSAEWOULDBLOCK');
      await listener.ok('ioctl', { request: 'FIONBIO', value: 0 });
      const waiting = listener.answer('accept');
      await listener.untilBusy();
      clock.advance(9_000);
      const accepted = await waiting;
      assert.deepEqual([accepted.status, accepted.headers['winsockd-fault']], [201, 'flt_1']);
      const server = new TestSocket(daemon, accepted.body.socketId);
      await session.arm({
        socketId: server.id,
        operation: 'recv',
        nth: 1,
        effect: 'freeze',
        freezeMs: 500,
      });
      await client.ok('send', { data: { text: 'waits' } });
      const frozen = server.answer('recv');
      await server.untilBusy();
      clock.advance(500);
      assert.equal(textOf((await frozen).body), 'waits');
    });

    test('freeze: nothing is ready to be read until it ends, by whichever id; then those that wait wake', async (t) => {
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock });
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      const second = await server.duplicate();
      const both = [server.id, second.id];
      const polled = async () => {
        const sockets = both.map((socketId) => ({ socketId, events: ['POLLIN'] }));
        const told = await session.ok('poll', { sockets, timeoutMs: 0 });
        return told.sockets.map(({ revents }: { revents: string[] }) => revents.join());
      };
      const waitsAlready = second.ok('recv');
      await second.untilBusy();
      await server.ok('ioctl', { request: 'FIONBIO', value: 1 });
      await session.arm({ operation: 'recv', nth: 1, effect: 'freeze', freezeMs: 10_000 });
      const hit = await server.problem('recv');
      assert.deepEqual([hit.name, hit.fault], ['WSAEWOULDBLOCK', 'flt_1']);
      await client.ok('send', { data: { text: 'waits' } });
      await client.ok('sendDisconnect');
      assert.deepEqual(await polled(), ['', ''], 'neither bytes nor an end');
      const ready = await session.ok('select', { read: both, write: both, timeoutMs: 0 });
      assert.deepEqual([ready.read, ready.write], [[], both]);
      assert.equal((await server.ok('ioctl', { request: 'FIONREAD' })).value, 0);
      assert.equal((await server.problem('recv', { flags: ['MSG_PEEK'] })).fault, 'flt_1');
      const selected = session.ok('select', { read: both });
      const told = session.ok('poll', { sockets: [{ socketId: server.id, events: ['POLLIN'] }] });
      await server.untilBusy();
      clock.advance(9_000);
      assert.deepEqual(await polled(), ['', ''], 'the time is not over');
      clock.advance(1_000);
      assert.equal(textOf(await waitsAlready), 'waits', 'one that waited before the freeze');
      assert.deepEqual((await selected).read, both);
      assert.match((await told).sockets[0].revents.join(), /POLLHUP/);
      assert.equal((await server.ok('recv')).eof, true);
    });

    test('freeze: a listener offers nothing; removing the fault ends it at once', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      await session.arm({ operation: 'accept', nth: 1, effect: 'freeze', freezeMs: 3_600_000 });
      assert.equal((await listener.problem('accept', { timeoutMs: 1 })).fault, 'flt_1');
      const client = await session.stream();
      await client.ok('connect', { address: await listener.sockName() });
      assert.deepEqual((await session.ok('select', { read: [listener.id], timeoutMs: 20 })).read, []);
      const second = await listener.duplicate();
      const offered = await second.problem('conditionalAccept', { condition: 'CF_DEFER', timeoutMs: 20 });
      assert.deepEqual([offered.name, offered.fault], ['WSAETIMEDOUT', 'flt_1']);
      const selected = session.ok('select', { read: [listener.id] });
      await listener.untilBusy();
      await daemon.api.ok.delete(`${session.path}/faults/flt_1`);
      assert.deepEqual((await selected).read, [listener.id]);
      assert.equal((await listener.ok('accept')).state, 'connected');
    });

    test('freeze: network events are recorded when it ends', async (t) => {
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock });
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      const events = async (timeoutMs?: number): Promise<string[]> => {
        const told = await server.ok('enumNetworkEvents', timeoutMs === undefined ? {} : { timeoutMs });
        return told.events.map(({ event }: { event: string }) => event);
      };
      await server.ok('eventSelect', { events: ['FD_READ', 'FD_CLOSE'] });
      await client.ok('send', { data: { text: 'one' } });
      assert.deepEqual(await events(), ['FD_READ']);
      await session.arm({ operation: 'recv', nth: 1, effect: 'freeze', freezeMs: 10_000 });
      assert.equal((await server.problem('recv')).name, 'WSAEWOULDBLOCK');
      await client.ok('send', { data: { text: 'two' } });
      await client.ok('close');
      assert.deepEqual(await events(0), []);
      const waiting = events();
      await server.untilBusy();
      clock.advance(10_000);
      const seen = await waiting;
      assert.equal(textOf(await server.ok('recv')), 'onetwo');
      // Wine tells the end when everything before it has been received.
      while (!seen.includes('FD_CLOSE')) seen.push(...(await events()));
      assert.deepEqual([...new Set(seen)], ['FD_READ', 'FD_CLOSE']);
    });

    test('freeze: a reset is told neither by SO_ERROR nor by the state until it ends', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const [client, server] = await session.pair();
      const error = () => daemon.api.ok.get(`/v1/sockets/${server.id}/options/SOL_SOCKET/SO_ERROR`);
      await session.arm({ operation: 'recv', nth: 1, effect: 'freeze', freezeMs: 3_600_000 });
      assert.equal((await server.problem('recv', { timeoutMs: 1 })).fault, 'flt_1');
      await client.setOption('SOL_SOCKET', 'SO_LINGER', { linger: { onoff: true, linger: 0 } });
      await client.ok('close');
      assert.deepEqual((await error()).value, { integer: 0 });
      assert.equal((await server.info()).state, 'connected');
      await daemon.api.ok.delete(`${session.path}/faults/flt_1`);
      assert.equal((await server.problem('recv', { timeoutMs: 10_000 })).name, 'WSAECONNRESET');
      assert.equal((await server.info()).state, 'reset');
    });

    test('freeze: a datagram socket has nothing; its own shutdown is seen, and a close ends it', async (t) => {
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock });
      const session = await startSession(daemon, provider);
      const [a, b] = [await session.datagram(), await session.datagram()];
      await b.ok('bind', { address: loopback('AF_INET', 0) });
      await session.arm({ socketId: b.id, nth: 1, effect: 'freeze', freezeMs: 10_000 });
      await b.ok('ioctl', { request: 'FIONBIO', value: 1 });
      assert.equal((await b.problem('recvFrom')).fault, 'flt_1');
      await a.ok('sendTo', { address: await b.sockName(), data: { text: 'hidden' } });
      const read = [b.id];
      assert.deepEqual((await session.ok('select', { read, timeoutMs: 0 })).read, []);
      assert.equal((await b.ok('ioctl', { request: 'FIONREAD' })).value, 0);
      const second = await b.duplicate();
      const waiting = second.ok('recvFrom');
      await second.untilBusy();
      // The rule was of this id, and goes with it.
      await b.ok('close');
      assert.equal(textOf(await waiting), 'hidden');
      await session.arm({ socketId: second.id, nth: 1, effect: 'freeze', freezeMs: 10_000 });
      await second.ok('ioctl', { request: 'FIONBIO', value: 1 });
      assert.equal((await second.problem('recvFrom')).fault, 'flt_2');
      await second.ok('shutdown', { how: 'SD_RECEIVE' });
      assert.equal((await second.problem('recvFrom')).name, 'WSAESHUTDOWN');
      // As Windows has it, nothing is there to be read any more.
      assert.deepEqual((await session.ok('select', { read: [second.id], timeoutMs: 0 })).read, []);
      const timers = clock.pending;
      await second.ok('close');
      assert.ok(clock.pending < timers, 'the timer of the freeze is gone');
    });
  });
}

test('freeze: recvDisconnect finds no data of a peer whose end is hidden, and only stops receiving', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const [client, server] = await session.pair();
  await session.arm({ operation: 'recv', nth: 1, effect: 'freeze', freezeMs: 3_600_000 });
  assert.equal((await server.problem('recv', { timeoutMs: 1 })).fault, 'flt_1');
  await client.ok('sendDisconnect', { disconnectData: { text: 'bye' } });
  const early = await server.answer('recvDisconnect', { maxBytes: 0 });
  assert.deepEqual([early.status, early.headers['winsockd-fault'], early.body], [200, 'flt_1', {}]);
  assert.equal((await server.problem('recv')).name, 'WSAESHUTDOWN');
  const { disconnectData } = await server.ok('recvDisconnect');
  assert.equal(textOf({ data: disconnectData }), 'bye', 'who receives no more is frozen no more');
});

test('drop: a datagram counts as sent and vanishes; the socket is bound as by any send', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const receiver = await session.datagram();
  await receiver.ok('bind', { address: loopback('AF_INET', 0) });
  const address = await receiver.sockName();
  const sender = await session.datagram();
  await session.arm({ socketId: sender.id, nth: 1, effect: 'drop' });
  assert.equal((await sender.ok('sendTo', { address, data: { text: 'lost' } })).bytesSent, 4);
  assert.equal((await sender.info()).state, 'bound');
  assert.equal((await sender.problem('recvFrom', { timeoutMs: 1 })).name, 'WSAETIMEDOUT');
  await sender.ok('sendTo', { address, data: { text: 'found' } });
  const found = await receiver.ok('recvFrom', { timeoutMs: 10_000 });
  assert.equal(textOf(found), 'found');
  assert.notEqual(found.address.port, 0);
  assert.deepEqual(await countersOf(daemon, session, 'flt_1'), [2, 1]);
});

test('drop: a send that would fail fails as it would, and the rule stays armed', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const [socket, peer] = [await session.datagram(), await session.datagram()];
  await peer.ok('bind', { address: loopback('AF_INET', 0) });
  const address = await peer.sockName();
  const data = { text: 'x' };
  await session.arm({ effect: 'drop', times: 1 });
  const refused: [string, string, object][] = [
    ['WSAEACCES', 'sendTo', { data, address: { ...address, address: '255.255.255.255' } }],
    ['WSAEADDRNOTAVAIL', 'sendTo', { data, address: { ...address, address: '0.0.0.0' } }],
    ['WSAEFAULT', 'sendTo', { data, address: loopback('AF_INET6', 9) }],
    ['WSAEMSGSIZE', 'sendTo', { data: { text: 'x'.repeat(65_508) }, address }],
    ['WSAENOTCONN', 'send', { data }],
  ];
  const failing = async ([name, operation, params]: [string, string, object]): Promise<void> => {
    const { headers, body } = await socket.answer(operation, params);
    assert.deepEqual([body.name, body.fault, headers['winsockd-fault']], [name, undefined, undefined]);
  };
  for (const one of refused) await failing(one);
  assert.deepEqual(await countersOf(daemon, session, 'flt_1'), [refused.length, 0]);
  const { status, headers } = await socket.answer('sendTo', { data, address });
  assert.deepEqual([status, headers['winsockd-fault']], [200, 'flt_1']);
  assert.deepEqual(await countersOf(daemon, session, 'flt_1'), [refused.length + 1, 1]);
  assert.equal((await peer.problem('recvFrom', { timeoutMs: 0 })).name, 'WSAETIMEDOUT');
  await session.arm({ effect: 'drop' });
  await socket.ok('shutdown', { how: 'SD_SEND' });
  await failing(['WSAESHUTDOWN', 'sendTo', { data, address }]);
});

test('several faults act on one call, the earliest armed first; all are named', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const [client] = await session.pair();
  await session.arm({ operation: 'send', effect: 'delay', delayMs: 1 });
  await session.arm({ operation: 'send', every: 2, effect: 'slice', bytes: 2 });
  await session.arm({ operation: 'send', nth: 3, effect: 'fail', code: 'WSAENETDOWN' });
  const seen: unknown[] = [];
  for (let i = 0; i < 3; i++) {
    const { status, headers, body } = await client.answer('send', { data: { text: 'abcd' } });
    seen.push([status, headers['winsockd-fault'], body.bytesSent, body.fault]);
  }
  assert.deepEqual(seen, [
    [200, 'flt_1', 4, undefined],
    [200, 'flt_1, flt_2', 2, undefined],
    [503, 'flt_1, flt_3', undefined, 'flt_3'],
  ]);
});

test('every rule counts every matching call, also those that another has lost the connection of', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const [client] = await session.pair();
  await session.arm({ operation: 'send', nth: 1, effect: 'reset' });
  await session.arm({ operation: 'send', nth: 3, effect: 'fail', code: 'WSAENETDOWN' });
  await session.arm({ operation: 'send', probability: 0.5, seed: 3, effect: 'delay', delayMs: 1 });
  await session.arm({ operation: 'send', nth: 4, effect: 'reset' });
  for (let i = 0; i < 3; i++) {
    const { name, fault } = await client.problem('send', { data: { text: 'x' } });
    assert.deepEqual([name, fault], ['WSAECONNRESET', 'flt_1']);
  }
  assert.deepEqual(await countersOf(daemon, session, 'flt_1'), [3, 1]);
  assert.deepEqual(
    await countersOf(daemon, session, 'flt_2'),
    [3, 0],
    'its call has passed, decided by another',
  );
  assert.deepEqual(await countersOf(daemon, session, 'flt_3'), [3, 0]);
  assert.deepEqual(await countersOf(daemon, session, 'flt_4'), [3, 0]);
});

test('a call that waited for its turn when a fault reset the connection is counted', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const [client] = await session.pair();
  await session.arm({ operation: 'recv', every: 9, effect: 'fail', code: 'WSAENETDOWN' });
  await session.arm({ operation: 'shutdown', effect: 'reset' });
  const waiting = [1, 2, 3].map(() => client.problem('recv'));
  await client.untilBusy();
  await client.problem('shutdown', { how: 'SD_SEND' });
  for (const { name } of await Promise.all(waiting)) assert.equal(name, 'WSAECONNRESET');
  assert.deepEqual(await countersOf(daemon, session, 'flt_1'), [3, 0]);
});

test('only the rule that acts has a hit: the others stay armed', async (t) => {
  const clock = new ManualClock();
  const daemon = await startDaemon(t, { clock });
  const session = await startSession(daemon, 'lab');
  const [client] = await session.pair();
  for (const code of ['WSAENETDOWN', 'WSAENOBUFS']) {
    await session.arm({ operation: 'send', times: 1, effect: 'fail', code });
  }
  const first = await client.problem('send', { data: { text: 'x' } });
  assert.deepEqual([first.name, first.fault], ['WSAENETDOWN', 'flt_1']);
  assert.deepEqual(await countersOf(daemon, session, 'flt_2'), [1, 0]);
  assert.equal((await daemon.api.ok.get(`${session.path}/faults/flt_2`)).spent, false);
  const second = await client.problem('send', { data: { text: 'x' } });
  assert.deepEqual([second.name, second.fault], ['WSAENOBUFS', 'flt_2']);
  await client.ok('send', { data: { text: 'x' } });
  await session.arm({ operation: 'recv', times: 1, effect: 'delay', delayMs: 5_000 });
  await session.arm({ operation: 'recv', times: 1, effect: 'fail', code: 'WSAENETDOWN' });
  const ended = client.answer('recv', { timeoutMs: 1_000 });
  await client.untilBusy();
  clock.advance(1_000);
  const { headers, body } = await ended;
  assert.deepEqual([headers['winsockd-fault'], body.name, body.fault], ['flt_3', 'WSAETIMEDOUT', 'flt_3']);
  assert.deepEqual(await countersOf(daemon, session, 'flt_4'), [1, 0], 'the delay ended the call before it');
  assert.equal((await client.problem('recv')).fault, 'flt_4');
});

test('the header names the first faults and how many more; the journal names all', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const [client] = await session.pair();
  for (let i = 0; i < 16; i++) await session.arm({ operation: 'send', effect: 'slice', bytes: 1 });
  const ids = Array.from({ length: 16 }, (_, i) => `flt_${i + 1}`);
  const header = async (): Promise<unknown> =>
    (await client.answer('send', { data: { text: 'x' } })).headers['winsockd-fault'];
  assert.equal(await header(), ids.join(', '));
  for (let i = 0; i < 4; i++) await session.arm({ operation: 'send', effect: 'slice', bytes: 1 });
  assert.equal(await header(), `${ids.join(', ')}, 4 more`);
  const { entries } = await daemon.api.ok.get(`/v1/sockets/${client.id}/journal`);
  assert.equal(entries.at(-1).faults.length, 20);
});

test('what the schema of a fault cannot say is told with the pointer', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const stream = await session.stream();
  const datagram = await session.datagram();
  const real = await session.socket({ provider: PROVIDERS[0], type: 'SOCK_DGRAM' });
  const cases: [object, string, RegExp][] = [
    [{ effect: 'fail' }, '/code', /is required/],
    [{ effect: 'delay', delayMs: 1, code: 'WSAENETDOWN' }, '/code', /does not belong/],
    [{ effect: 'slice' }, '/bytes', /is required/],
    [{ effect: 'drop', freezeMs: 1 }, '/freezeMs', /does not belong/],
    [{ effect: 'reset', phase: 'after' }, '/phase', /does not belong/],
    [{ effect: 'reset', nth: 1, every: 2 }, '/every', /excludes nth/],
    [{ effect: 'reset', seed: 1 }, '/seed', /belongs to probability/],
    [{ effect: 'reset', probability: 2 }, '/probability', /<= 1/],
    [{ effect: 'reset', operation: 'getSocket' }, '/operation', /must be one of/],
    [{ effect: 'fail', code: 'WSAENETDOWN', operation: 'startup' }, '/operation', /must be one of/],
    [{ effect: 'slice', bytes: 1, operation: 'bind' }, '/operation', /send, recv, sendTo, recvFrom/],
    [{ effect: 'fail', code: 'WSAEDISCON' }, '/code', /must be one of/],
    [{ effect: 'reset', socketId: 'sck_1' }, '/socketId', /no socket of this session/],
    [{ effect: 'drop', socketId: stream.id }, '/effect', /datagram sockets/],
    [{ effect: 'delay', delayMs: 25_000 }, '/delayMs', /below 25000, the wait limit/],
    ...SESSION_CALLS.map((operation): [object, string, RegExp] => [
      { effect: 'fail', code: 'WSAENETDOWN', operation, socketId: stream.id },
      '/operation',
      /a call of the session/,
    ]),
    [
      { effect: 'reset', operation: 'bind' },
      '/operation',
      /must be one of .*\bsend, .* for the effect reset/,
    ],
    [{ effect: 'reset', operation: 'select' }, '/operation', /for the effect reset/],
    [
      { effect: 'delay', delayMs: 1, operation: 'listen', socketId: datagram.id },
      '/operation',
      /stream sockets/,
    ],
    [{ effect: 'drop', socketId: real.id }, '/effect', /of the lab/],
    [{ effect: 'slice', bytes: 1, socketId: datagram.id }, '/effect', /stream sockets/],
  ];
  for (const [fault, pointer, detail] of cases) {
    const problem = await daemon.api.problem.post(`${session.path}/faults`, fault);
    assert.deepEqual(
      [problem.type, problem.errors[0].pointer],
      ['/problems/validation', pointer],
      JSON.stringify(fault),
    );
    assert.match(problem.errors[0].detail, detail);
  }
  const inStartup = await daemon.api.problem.post('/v1/startup', {
    faults: [{ effect: 'reset' }, { effect: 'fail' }],
  });
  assert.equal(inStartup.errors[0].pointer, '/faults/1/code');
  const inSocket = await daemon.api.problem.post(`${session.path}/sockets`, {
    provider: 'lab',
    family: 'AF_INET',
    type: 'SOCK_DGRAM',
    faults: [{ effect: 'slice', bytes: 1 }],
  });
  assert.equal(inSocket.errors[0].pointer, '/faults/0/effect');
  const endless = { faults: [{ effect: 'reset' }, { effect: 'delay', delayMs: 25_000 }] };
  for (const [path, params] of [
    ['/v1/startup', {}],
    [`${session.path}/sockets`, { provider: 'lab', family: 'AF_INET', type: 'SOCK_STREAM' }],
  ] as const) {
    const refused = await daemon.api.problem.post(path, { ...params, ...endless });
    assert.deepEqual(
      [refused.type, refused.errors[0].pointer],
      ['/problems/validation', '/faults/1/delayMs'],
    );
  }
  await session.arm({ effect: 'delay', delayMs: 24_999 });
  await daemon.api.ok.delete(`${session.path}/faults/flt_1`);
  assert.deepEqual(await daemon.api.ok.get(`${session.path}/faults`), { faults: [] });
  assert.equal((await daemon.api.ok.get(`${session.path}/sockets`)).sockets.length, 3);
});

test('a call that is refused before its turn is no call that a fault counts', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const socket = await session.stream();
  await session.arm({ effect: 'fail', code: 'WSAENETDOWN', nth: 2 });
  assert.equal((await socket.problem('bind', {})).type, '/problems/validation');
  await socket.ok('bind', { address: loopback('AF_INET', 0) });
  await socket.info();
  await daemon.api.ok.get(`${session.path}/lastError`);
  assert.deepEqual(await countersOf(daemon, session, 'flt_1'), [1, 0]);
  assert.equal((await socket.problem('listen', {})).fault, 'flt_1');
});

test('faults are armed, listed, read, removed, expire; nobody else sees them', async (t) => {
  const clock = new ManualClock();
  const daemon = await startDaemon(t, { clock });
  const session = await startSession(daemon, 'lab');
  const socket = await session.stream();
  const given = {
    operation: 'send',
    probability: 0.25,
    seed: 9,
    effect: 'fail',
    code: 'WSAENETDOWN',
    times: 3,
  };
  const { status, headers, body } = await daemon.api.post(`${session.path}/faults`, given);
  assert.equal(status, 201);
  assert.equal(headers.location, `${session.path}/faults/flt_1`);
  const info = {
    faultId: 'flt_1',
    sessionId: session.id,
    ...given,
    phase: 'before',
    calls: 0,
    hits: 0,
    spent: false,
  };
  assert.deepEqual(body, info);
  assert.deepEqual(await daemon.api.ok.get(`${session.path}/faults/flt_1`), info);
  await session.arm({ socketId: socket.id, effect: 'delay', delayMs: 5, expiresMs: 100 });
  const { faults } = await daemon.api.ok.get(`${session.path}/faults?socketId=${socket.id}`);
  assert.deepEqual(
    faults.map((one: { faultId: string; spent: boolean }) => [one.faultId, one.spent]),
    [['flt_2', false]],
  );
  clock.advance(100);
  await socket.ok('bind', { address: loopback('AF_INET', 0) });
  assert.equal((await daemon.api.ok.get(`${session.path}/faults/flt_2`)).spent, true);
  assert.equal((await daemon.bob.get(`${session.path}/faults`)).status, 404);
  assert.deepEqual(await daemon.api.ok.delete(`${session.path}/faults/flt_1`), info);
  assert.equal((await daemon.api.problem.get(`${session.path}/faults/flt_1`)).status, 404);
  assert.equal((await daemon.api.problem.delete(`${session.path}/faults/flt_1`)).status, 404);
});
