/** The tables of the documents agree with the code. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { REFUSALS, type RefusalName } from '../../src/daemon/answers/refusals.js';
import { problemOf } from '../../src/http/problems/problem.js';
import { statusesOfCode, statusOfRefusal } from '../../src/http/problems/statuses.js';
import { OPERATIONS } from '../../src/operations/list.js';
import { COMMON_ERRORS } from '../../src/operations/operation.js';
import { isWsaName, WSA_ERRORS, type WsaName } from '../../src/winsock/errors.js';
import { fail } from '../../src/winsock/outcome.js';
import { startDaemon, startSession, type TestDaemon, TestSocket } from '../scenarios/test-daemon.js';
import { blockOf, markedTable, rowsOf } from './markdown.js';
import { TABLES, undescribedKeys } from './tables.js';

for (const [name, render] of Object.entries(TABLES)) {
  test(`the table of ${name} is up to date`, () => {
    assert.equal(markedTable(name), render(), 'node dist/test/docs/write-tables.js brings it up to date');
  });
}

test('every key of the configuration is described', () => {
  assert.deepEqual(undescribedKeys(), []);
});

interface ErrorRow {
  readonly name: WsaName;
  readonly code: number;
  readonly status: number;
  /** Members of the problem document, and the values that the row names for each. */
  readonly members: readonly { readonly member: string; readonly values: readonly string[] }[];
  readonly retryAfter: boolean;
}

const errorRows: readonly ErrorRow[] = rowsOf(markedTable('errors')).map(
  ([code = '', , status, members = '']) => {
    const [name = '', number] = code.split(' ');
    assert.ok(isWsaName(name), name);
    const spans = [...members.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);
    const [member, ...values] = spans;
    return {
      name,
      code: Number(number),
      status: Number(status),
      members: member === undefined ? [] : [{ member, values }],
      retryAfter: members.includes('header Retry-After'),
    };
  },
);

test('the table of statuses has that of every code and refusal, and no other', () => {
  const listed = rowsOf(markedTable('statuses')).flatMap(([statuses = '']) =>
    statuses.split(', ').map(Number),
  );
  const ofCodes = (Object.keys(WSA_ERRORS) as WsaName[]).flatMap(statusesOfCode);
  const ofRefusals = (Object.keys(REFUSALS) as RefusalName[]).map(statusOfRefusal);
  const all = [...new Set([...ofCodes, ...ofRefusals])];
  assert.deepEqual(listed.toSorted(ascending), all.toSorted(ascending));
});

const ascending = (one: number, other: number): number => one - other;

test('the error table has every code of sendDisconnect, with its statuses', () => {
  const op = OPERATIONS.find(({ name }) => name === 'sendDisconnect');
  assert.ok(op);
  const documented = [...COMMON_ERRORS[op.scope], ...op.errors];
  assert.deepEqual([...new Set(errorRows.map(({ name }) => name))].sort(), [...documented].sort());
  for (const name of documented) {
    const rows = errorRows.filter((row) => row.name === name);
    assert.deepEqual(
      rows.map(({ status }) => status),
      statusesOfCode(name),
      name,
    );
    for (const { code } of rows) assert.equal(code, WSA_ERRORS[name].code);
  }
});

/** Provokes each row of the error table on the lab; returns the answers, some in several ways. */
const provoke = async (r: TestDaemon): Promise<Readonly<Record<string, readonly Provoked[]>>> => {
  const session = await startSession(r, 'lab');
  const [client] = await session.pair();
  const asked = async (socket: TestSocket, disconnectData?: object): Promise<Provoked> =>
    socket.answer('sendDisconnect', disconnectData && { disconnectData });

  const notConnected: Provoked[] = [];
  const fresh = await session.stream();
  notConnected.push(await asked(fresh));
  await fresh.ok('bind', { address: { family: 'AF_INET', address: '10.0.0.1', port: 0 } });
  notConnected.push(await asked(fresh));
  await fresh.ok('listen');
  notConnected.push(await asked(fresh));
  notConnected.push(await asked(await session.connecting()));
  const [reset, peer] = await session.pair();
  await peer.setOption('SOL_SOCKET', 'SO_LINGER', { linger: { onoff: true, linger: 0 } });
  await peer.ok('close');
  notConnected.push(await asked(reset, { text: 'x' }));
  await reset.problem('recv');
  notConnected.push(await asked(reset, { text: 'x' }));

  const faults = [await asked(client, { text: 'x', len: 2 }), await asked(client, { text: 'x'.repeat(65) })];
  const noData = [await asked(await session.datagram(), { text: '' })];

  const old = await startSession(r, 'lab', { version: '1.1' });
  const [waiting] = await old.pair();
  const pending = waiting.answer('recv');
  await waiting.untilBusy();
  const inProgress = [await asked(waiting)];
  await waiting.ok('cancel');
  await pending;

  const live = r.app.daemon.sockets.find(client.id);
  assert.ok(live);
  const { use } = live;
  // A test cannot make the stack itself fail.
  live.use = () => fail('WSAENETDOWN', 'WSASendDisconnect') as never;
  const netDown = [await asked(client)];
  live.use = use;

  const gone: Provoked[] = [];
  await fresh.ok('close');
  gone.push(await asked(fresh));
  const unknown = await asked(new TestSocket({ ...r, api: r.bob }, client.id));
  await r.api.ok.post(`${session.path}/cleanup`, {});
  const notInitialised = [await asked(client)];
  await r.api.ok.post('/v1/startup', { sessionId: session.id });
  gone.push(await asked(client));
  await r.api.ok.delete(old.path);
  gone.push(await asked(waiting));
  gone.push(await asked(new TestSocket(r, `sck_1_${'a'.repeat(26)}`)));
  return {
    'WSAEINPROGRESS 409': inProgress,
    'WSANOTINITIALISED 409': notInitialised,
    'WSAENOTSOCK 404': [unknown],
    'WSAENOTSOCK 410': gone,
    'WSAENOPROTOOPT 422': noData,
    'WSAEFAULT 422': faults,
    'WSAENOTCONN 409': notConnected,
    'WSAENETDOWN 503': netDown,
  };
};

type Provoked = Awaited<ReturnType<TestSocket['answer']>>;

test('the daemon answers as the error table says', async (t) => {
  const ways = await provoke(await startDaemon(t));
  assert.deepEqual(
    Object.keys(ways),
    errorRows.map(({ name, status }) => `${name} ${status}`),
  );
  for (const { name, status, members, retryAfter } of errorRows) {
    for (const { status: answered, headers, body } of ways[`${name} ${status}`] ?? []) {
      assert.deepEqual([body.name, answered], [name, status]);
      assert.equal(headers['retry-after'] !== undefined, retryAfter, name);
      for (const { member, values } of members) {
        assert.ok(member in body, `${name}: ${member}`);
        if (values.length > 0) assert.ok(values.includes(String(body[member])), `${name}: ${body[member]}`);
      }
    }
  }
});

test('if several rows of the error table apply, the first of them is the answer', async (t) => {
  const r = await startDaemon(t);
  const firstOf = async (socket: TestSocket, disconnectData?: object): Promise<unknown> =>
    (await socket.answer('sendDisconnect', disconnectData && { disconnectData })).body.name;
  const session = await startSession(r, 'lab');
  const [fresh, datagram] = [await session.stream(), await session.datagram()];
  const old = await startSession(r, 'lab', { version: '1.1' });
  const [waiting] = await old.pair();
  const closed = await old.stream();
  await closed.ok('close');
  const pending = waiting.answer('recv');
  await waiting.untilBusy();
  const found = [
    await firstOf(closed), // and WSAENOTSOCK
    await firstOf(datagram, { text: 'x', len: 2 }), // and WSAEFAULT
    await firstOf(fresh, { text: 'x'.repeat(65) }), // and WSAENOTCONN
  ];
  await waiting.ok('cancel');
  await pending;
  await r.api.ok.post(`${session.path}/cleanup`, {});
  found.splice(1, 0, await firstOf(fresh)); // and WSAENOTSOCK
  const order = errorRows.map(({ name }) => name);
  assert.deepEqual(found, ['WSAEINPROGRESS', 'WSANOTINITIALISED', 'WSAENOPROTOOPT', 'WSAEFAULT']);
  assert.deepEqual(
    [...order].filter((name) => found.includes(name)),
    found,
  );
});

test('the example of a problem document is what the daemon would send', () => {
  const shown = JSON.parse(blockOf('example: problem'));
  const operation = OPERATIONS.find(({ name }) => name === shown.operation);
  const { document } = problemOf(fail('WSAENOTCONN', 'WSASendDisconnect'), {
    requestId: 'req-5b1d0c93e0a7f264',
    operation,
    provider: shown.provider,
    socketId: shown.socketId,
    sessionId: shown.sessionId,
    state: shown.state,
  });
  assert.deepEqual(shown, JSON.parse(JSON.stringify(document)));
});
