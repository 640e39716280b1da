/** Sessions: start-up count, versions, owners, ids, leases, and what ends with them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManualClock } from '../../daemon/waiting/manual-clock.js';
import type { Answer } from '../../http/client.js';
import { PROVIDERS, startDaemon, startSession, TestSocket } from '../test-daemon.js';

test('startup negotiates versions as WSAStartup does', async (t) => {
  const { api } = await startDaemon(t);
  for (const [asked, granted] of [
    ['1.1', '1.1'],
    ['2.0', '2.0'],
    ['1.9', '1.1'],
    ['9.9', '2.2'],
  ]) {
    const { version, highVersion } = await api.ok.post('/v1/startup', { version: asked });
    assert.deepEqual([version, highVersion], [granted, '2.2']);
  }
  const none = await api.problem.post('/v1/startup', { version: '0.9' });
  assert.deepEqual([none.code, none.status], [10092, 422]);
  for (const version of ['2', '2.2.2', 'x.y', '256.0']) {
    assert.equal((await api.problem.post('/v1/startup', { version })).type, '/problems/validation');
  }
});

test('startup for an existing session: its version, network and longest lease stay', async (t) => {
  const daemon = await startDaemon(t, { config: { limits: { maxLeaseSeconds: 100 } } });
  const { sessionId } = await daemon.api.ok.post('/v1/startup', { labNetwork: 'n' });
  const again = await daemon.api.ok.post('/v1/startup', { sessionId, version: '1.1', labNetwork: 'n' });
  assert.equal(again.version, '2.2', 'the version in force');
  const pointerOf = async (path: string, body: object): Promise<string> =>
    (await daemon.api.problem.post(path, body)).errors[0].pointer;
  assert.equal(await pointerOf('/v1/startup', { sessionId, labNetwork: 'other' }), '/labNetwork');
  assert.equal(await pointerOf('/v1/startup', { leaseSeconds: 101 }), '/leaseSeconds');
  assert.equal(await pointerOf(`/v1/sessions/${sessionId}/renew`, { leaseSeconds: 101 }), '/leaseSeconds');
  assert.equal(
    (await daemon.api.ok.get(`/v1/sessions/${sessionId}`)).startups,
    2,
    'a refused startup does not count',
  );
});

test('startup answers `created` and the count, and a Location only for a new session', async (t) => {
  const { api } = await startDaemon(t);
  const first = await api.post('/v1/startup', {});
  const summary = ({ status, body }: Answer) => [status, body.created, body.startupCount];
  assert.deepEqual(summary(first), [200, true, 1]);
  assert.equal(first.headers.location, `/v1/sessions/${first.body.sessionId}`);
  const again = await api.post('/v1/startup', { sessionId: first.body.sessionId });
  assert.deepEqual(summary(again), [200, false, 2]);
  assert.equal(again.headers.location, undefined);
  const session = `/v1/sessions/${first.body.sessionId}`;
  for (const left of [1, 0]) assert.equal((await api.ok.post(`${session}/cleanup`)).startups, left);
  const anew = await api.post('/v1/startup', { sessionId: first.body.sessionId });
  assert.deepEqual(summary(anew), [200, false, 1]);
  const socket = await api.post(`${first.headers.location}/sockets`, {
    family: 'AF_INET',
    type: 'SOCK_STREAM',
  });
  assert.equal(socket.status, 201);
  await api.ok.get(String(socket.headers.location));
});

test('the last error is that of the last failed call; a success does not change it', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const socket = await session.stream();
  await socket.problem('send', { data: { text: 'x' } });
  await socket.info();
  const path = `${session.path}/lastError`;
  assert.deepEqual(await daemon.api.ok.get(path), { code: 10057, name: 'WSAENOTCONN' });
  assert.deepEqual(await daemon.api.ok.put(path, { code: 10050 }), { code: 10050, name: 'WSAENETDOWN' });
  assert.deepEqual(await daemon.api.ok.put(path, { code: 4711 }), { code: 4711 });
});

test('while the count is 0 the session stays and answers its own calls', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const socket = await session.stream();
  await daemon.api.ok.post(`${session.path}/cleanup`, {});
  assert.equal((await socket.problem('sendDisconnect')).code, 10093);
  assert.equal(
    (await daemon.api.problem.post(`${session.path}/cleanup`, {})).code,
    10093,
    'one cleanup too many',
  );
  assert.equal((await daemon.api.problem.post(`${session.path}/sockets`, { family: 'AF_INET' })).code, 10093);
  assert.equal((await daemon.api.ok.get(session.path)).startups, 0);
  assert.deepEqual((await daemon.api.ok.get(`${session.path}/sockets`)).sockets, []);
  await daemon.api.ok.get(`${session.path}/lastError`);
  await daemon.api.ok.post(`${session.path}/renew`, {});
  await daemon.api.ok.delete(session.path);
  assert.equal((await daemon.api.problem.get(session.path)).type, '/problems/session-ended');
});

test('cleanup of one session leaves the others alone', async (t) => {
  const daemon = await startDaemon(t);
  const [one, other] = [await startSession(daemon, 'lab'), await startSession(daemon, 'lab')];
  const socket = await other.stream();
  await daemon.api.ok.post(`${one.path}/cleanup`, {});
  await socket.info();
});

test('owners cannot see or use what belongs to others', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const socket = await session.stream();
  const asBob = new TestSocket({ api: daemon.bob, app: daemon.app }, socket.id);
  const problem = await asBob.problem('close');
  assert.deepEqual([problem.status, problem.code], [404, 10038]);
  const unknown = await daemon.bob.problem.get(`/v1/sockets/${socket.id.replace(/.$/, 'z')}`);
  const foreign = await daemon.bob.problem.get(`/v1/sockets/${socket.id}`);
  const { instance: _one, socketId: _unknown, ...unknownRest } = unknown;
  const { instance: _other, socketId: _foreign, ...foreignRest } = foreign;
  assert.deepEqual(foreignRest, unknownRest, 'the answers to a foreign id and an unknown id are alike');
  assert.equal((await daemon.bob.problem.post('/v1/startup', { sessionId: session.id })).status, 404);
  assert.deepEqual((await daemon.bob.ok.get('/v1/sessions')).sessions, []);
  await socket.ok('close');
  assert.equal(
    (await asBob.problem('close')).status,
    404,
    'a closed socket is hidden from other owners, too',
  );
});

test('ids of an earlier run answer 410, for a session too', async (t) => {
  const { api } = await startDaemon(t);
  const problem = await api.problem.get(`/v1/sessions/ses_abc_${'a'.repeat(26)}`);
  assert.deepEqual([problem.status, problem.type], [410, '/problems/earlier-run']);
});

test('a cursor must be a number; one of another owner shows nothing of that owner', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  await session.stream();
  for (const path of ['/v1/sessions', `${session.path}/sockets`]) {
    for (const cursor of [
      'garbage',
      '%F0%9F%98%80',
      '',
      '0',
      '-1',
      '1.5',
      '1e3',
      '01',
      '9'.repeat(16),
      session.id,
    ]) {
      const { type, status, errors } = await daemon.api.problem.get(`${path}?cursor=${cursor}`);
      assert.deepEqual([type, status, errors[0].pointer], ['/problems/validation', 400, '/cursor'], cursor);
    }
  }
  const bobs = [];
  for (let i = 0; i < 3; i++) bobs.push((await startSession({ api: daemon.bob, app: daemon.app }, 'lab')).id);
  const { sessions, nextCursor } = await daemon.bob.ok.get('/v1/sessions?limit=2');
  assert.deepEqual(
    sessions.map(({ sessionId }: { sessionId: string }) => sessionId),
    bobs.slice(0, 2),
  );
  assert.equal(
    (await daemon.api.problem.get(`/v1/sessions?cursor=${nextCursor}`)).errors[0].pointer,
    '/cursor',
  );
});

test('a cursor goes on after an entry that has ended meanwhile', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const opened = [await session.stream(), await session.stream(), await session.stream()];
  const first = await daemon.api.ok.get(`${session.path}/sockets?limit=1`);
  await opened.find(({ id }) => id === first.sockets[0].socketId)?.ok('close');
  const rest = await daemon.api.ok.get(`${session.path}/sockets?cursor=${first.nextCursor}`);
  assert.deepEqual(
    [first.sockets[0], ...rest.sockets].map(({ socketId }) => socketId),
    opened.map(({ id }) => id),
  );
});

test('lists come in pages', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const ids: string[] = [];
  for (let i = 0; i < 5; i++) ids.push((await session.stream()).id);
  const seen: string[] = [];
  let cursor = '';
  for (let pages = 0; pages < 3; pages++) {
    const { sockets, nextCursor } = await daemon.api.ok.get(`${session.path}/sockets?limit=2${cursor}`);
    seen.push(...sockets.map((s: { socketId: string }) => s.socketId));
    cursor = nextCursor === undefined ? '' : `&cursor=${nextCursor}`;
    assert.equal(nextCursor === undefined, pages === 2);
  }
  assert.deepEqual(seen, ids);
  assert.equal(
    (await daemon.api.problem.get(`${session.path}/sockets?limit=0`)).type,
    '/problems/validation',
  );
});

test('quotas are per owner', async (t) => {
  const daemon = await startDaemon(t, { config: { limits: { sessionsPerOwner: 2, socketsPerOwner: 2 } } });
  const session = await startSession(daemon, 'lab');
  await startSession(daemon, 'lab');
  assert.equal((await daemon.api.problem.post('/v1/startup', {})).type, '/problems/quota');
  await daemon.bob.ok.post('/v1/startup', {});
  const socket = await session.stream();
  await session.stream();
  const full = await daemon.api.problem.post(`${session.path}/sockets`, {
    family: 'AF_INET',
    provider: 'lab',
  });
  assert.deepEqual([full.status, full.retryable], [429, true]);
  await socket.ok('close');
  await session.stream();
});

test('waiting accepts together cannot exceed the quota', async (t) => {
  const daemon = await startDaemon(t, { config: { limits: { socketsPerOwner: 5 } } });
  const session = await startSession(daemon, 'lab', { labNetwork: 'n' });
  const bobs = await startSession({ api: daemon.bob, app: daemon.app }, 'lab');
  const listeners = [await session.listener(), await session.listener()];
  const clients = [await session.stream(), await session.stream()];
  const accepts = listeners.map((listener) => listener.answer('accept', { timeoutMs: 10_000 }));
  for (const listener of listeners) await listener.untilBusy();
  for (const [i, client] of clients.entries()) {
    await client.ok('connect', { address: (await listeners[i]?.sockName()) ?? assert.fail() });
  }
  const statuses = (await Promise.all(accepts)).map(({ status }) => status);
  assert.deepEqual(statuses.sort(), [201, 429]);
  assert.ok(await bobs.stream(), 'each owner has a quota');
});

test('in a 1.x session any socket can cancel the blocking call, which precedes all checks', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab', { version: '1.1' });
  const [client, server] = await session.pair();
  const closed = await session.stream();
  await closed.ok('close');
  const pending = client.answer('recv');
  await client.untilBusy();
  assert.equal((await closed.problem('recv')).code, 10036);
  assert.equal((await server.ok('cancel')).cancelled, 1);
  assert.equal((await pending).body.name, 'WSAEINTR');
  assert.equal((await closed.problem('recv')).code, 10038);
});

test('`provider: "lab"` alone opens its default stream; an absent provider is refused', async (t) => {
  const daemon = await startDaemon(t);
  const { id } = await startSession(daemon, 'lab');
  const open = (params: object) => daemon.api.post(`/v1/sessions/${id}/sockets`, params);
  const lab = await open({ provider: 'lab' });
  const { protocols } = await daemon.api.ok.get(`/v1/sessions/${id}/protocols`);
  const { catalogEntryId } = (await daemon.api.get(`/v1/sockets/${lab.body.socketId}`)).body;
  const entry = protocols.find((one: { catalogEntryId: number }) => one.catalogEntryId === catalogEntryId);
  assert.match(entry.description, /tp4/);
  const absent = await open({
    provider: process.platform === 'win32' ? 'posix' : 'ws2_32',
    family: 'AF_INET',
  });
  assert.equal(absent.body.name, 'WSAEINVAL');
  assert.match(absent.body.detail, /no provider/);
});

for (const provider of PROVIDERS) {
  describe(`the end of a session on ${provider}`, () => {
    test('an expired lease closes the sockets abortively; use and pending calls renew it', async (t) => {
      const clock = new ManualClock();
      const daemon = await startDaemon(t, { clock });
      const session = await startSession(daemon, provider, { leaseSeconds: 10, labNetwork: 'shared' });
      const peer = await startSession(daemon, provider, { leaseSeconds: 1000, labNetwork: 'shared' });
      const listener = await peer.listener();
      const client = await session.stream();
      await client.ok('connect', { address: await listener.sockName() });
      const server = new TestSocket(daemon, (await listener.ok('accept')).socketId);
      clock.advance(9_000);
      await client.info();
      clock.advance(9_000);
      const pending = client.answer('recv', { timeoutMs: 24_000 });
      await client.untilBusy();
      clock.advance(20_000);
      await client.info();
      clock.advance(4_001);
      assert.equal((await pending).body.name, 'WSAETIMEDOUT', 'the pending call kept the lease');
      clock.advance(9_000);
      assert.equal(
        (await daemon.api.get(session.path)).status,
        200,
        'the lease begins anew where the call ends',
      );
      clock.advance(10_001);
      const problem = await daemon.api.problem.get(session.path);
      assert.deepEqual([problem.status, problem.type], [410, '/problems/lease-expired']);
      const gone = await client.problem('send', { data: { text: 'x' } });
      assert.deepEqual([gone.status, gone.reason], [410, 'lease-expired']);
      assert.equal((await server.problem('recv')).name, 'WSAECONNRESET');
      assert.equal((await server.info()).state, 'reset');
    });

    test('the last cleanup ends pending calls with WSA_OPERATION_ABORTED', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider, { labNetwork: 'shared' });
      const peer = await startSession(daemon, provider, { labNetwork: 'shared' });
      const listener = await peer.listener();
      const client = await session.stream();
      await client.ok('connect', { address: await listener.sockName() });
      const server = new TestSocket(daemon, (await listener.ok('accept')).socketId);
      await client.ok('send', { data: { text: 'sent before' } });
      const pending = client.answer('recv');
      await client.untilBusy();
      assert.deepEqual(await daemon.api.ok.post(`${session.path}/cleanup`, {}), { startups: 0 });
      assert.equal((await pending).body.name, 'WSA_OPERATION_ABORTED');
      assert.equal(await server.drain(), 'sent before');
    });

    test('endSession does the same, also during the blocking call of a 1.x session', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider, { version: '1.1' });
      const [client] = await session.pair();
      const pending = client.answer('recv');
      await client.untilBusy();
      for (const path of [session.path, `${session.path}/lastError`, `${session.path}/sockets`]) {
        await daemon.api.ok.get(path);
      }
      for (const path of [`${session.path}/cleanup`, `${session.path}/sockets`]) {
        assert.equal((await daemon.api.problem.post(path, {})).code, 10036, path);
      }
      assert.equal((await daemon.api.problem.post('/v1/startup', { sessionId: session.id })).code, 10036);
      await daemon.api.ok.delete(session.path);
      assert.equal((await pending).body.name, 'WSA_OPERATION_ABORTED');
      assert.equal(daemon.app.daemon.sockets.size, 0);
    });
  });
}
