/** The effect `fail`: a call answers a code, instead of being made or after it was made. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { loopback, PROVIDERS, startDaemon, startSession, TestSocket, textOf } from '../test-daemon.js';

/** The calls of the repeated program: four sends, then so many recvs, then two connects. */
const TEXTS = ['one', 'two', 'three', 'four'];
const SENDS = TEXTS.length;
const RECVS = 20;

for (const provider of PROVIDERS) {
  describe(`fail on ${provider}`, () => {
    test('the third send and the next connect fail with their codes, the same in every run', async (t) => {
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
        for (const text of TEXTS) await say(client, 'send', { data: { text } });
        await server.untilAvailable('onetwofour'.length);
        for (let i = 0; i < RECVS; i++) await say(server, 'recv', { maxBytes: 1, timeoutMs: 0 });
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
      const [, , failedSend = '', nextSend = ''] = first;
      assert.match(failedSend, /^\["send",503,"flt_1","WSAENETDOWN",10050,"flt_1",.*"connected",true,/);
      assert.match(nextSend, /^\["send",200,/);
      const [failedConnect = '', nextConnect = '', ...counters] = first.slice(SENDS + RECVS);
      assert.match(failedConnect, /^\["connect",\d+,"flt_2","WSAECONNREFUSED",10061,"flt_2",/);
      assert.match(nextConnect, /^\["connect",200,/);
      const recvs = first.slice(SENDS, SENDS + RECVS).filter((line) => line.includes('"flt_3"'));
      assert.ok(recvs.length > 2 && recvs.length < 18);
      assert.deepEqual(counters, [
        'flt_1 4 1 true',
        'flt_2 3 1 true',
        `flt_3 ${RECVS} ${recvs.length} false`,
      ]);
    });

    test('socket arms faults for the new socket; `fail` sets the last error', async (t) => {
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

    test('`fail` may answer codes that the operation does not state', async (t) => {
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

    test('phase after: the call is made, its result is dropped, and what it took goes back', async (t) => {
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

    test('close: with phase before the socket stays open, with phase after it is closed', async (t) => {
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
  });
}
