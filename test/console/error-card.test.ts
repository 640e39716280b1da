/** Cards of real answers over JSON-RPC, whose error data is the problem. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { type ErrorCard, errorCard } from '../../src/console/model/error-card.js';
import type { Problem } from '../../src/console/model/types.js';
import { rpcRequest } from '../scenarios/rpc/rpc-client.js';
import { startDaemon, startSession, type TestDaemon, type TestSession } from '../scenarios/test-daemon.js';

const PAGE = 'https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasenddisconnect';
const ALL_CODES = 'https://learn.microsoft.com/windows/win32/winsock/windows-sockets-error-codes-2';

const rpc = async ({ api }: Pick<TestDaemon, 'api'>, operation: string, params: object): Promise<Problem> => {
  const { error } = await api.ok.post('/v1/rpc', rpcRequest(operation, { ...params }, 1));
  assert.ok(error, `${operation} has succeeded`);
  return error.data;
};

/** The card of a sendDisconnect that fails. */
const failedEnd = async (daemon: TestDaemon, socketId: string, more: object = {}): Promise<ErrorCard> => {
  const params = { socketId, ...more };
  const problem = await rpc(daemon, 'sendDisconnect', params);
  return errorCard(problem, { operation: 'sendDisconnect', params }, PAGE);
};

const started = async (
  t: TestContext,
  params: object = {},
): Promise<{ readonly daemon: TestDaemon; readonly session: TestSession }> => {
  const daemon = await startDaemon(t);
  return { daemon, session: await startSession(daemon, 'lab', params) };
};

const fact = ({ facts }: ErrorCard, label: string): string | undefined =>
  facts.find((one) => one.label === label)?.value;

const check = (card: ErrorCard, code: number, name: string, next: readonly string[]): void => {
  assert.deepEqual([card.code, card.name, card.next], [code, name, next]);
  assert.notEqual(card.meaning, '');
  assert.match(card.why, /^(?:WSASendDisconnect: .|.*socket)/);
  assert.deepEqual(
    card.pages.map(({ href }) => href),
    [`/problems/${name}`, PAGE],
  );
};

const LATER = 'The same call may succeed later.';

describe('the seven codes of WSASendDisconnect', () => {
  test('WSANOTINITIALISED: call startup first', async (t) => {
    const { daemon, session } = await started(t);
    const [client] = await session.pair();
    await session.ok('cleanup');
    check(await failedEnd(daemon, client.id), 10093, 'WSANOTINITIALISED', ['Call startup first.']);
  });

  test('WSAENETDOWN of a fault names the fault', async (t) => {
    const { daemon, session } = await started(t);
    const [client] = await session.pair();
    const rule = { socketId: client.id, operation: 'sendDisconnect', code: 'WSAENETDOWN' };
    const { faultId } = await session.arm({ effect: 'fail', phase: 'before', ...rule });
    const card = await failedEnd(daemon, client.id);
    check(card, 10050, 'WSAENETDOWN', [
      'An armed fault made this failure; remove it, or let its rule run out.',
      LATER,
    ]);
    assert.equal(fact(card, 'Caused by the fault'), faultId);
  });

  test('WSAENOPROTOOPT names the capability', async (t) => {
    const { daemon, session } = await started(t);
    const { id } = await session.datagram();
    const card = await failedEnd(daemon, id, { disconnectData: { text: 'bye' } });
    check(card, 10042, 'WSAENOPROTOOPT', [
      'Leave out what the provider lacks, or use a socket whose catalog entry has it.',
    ]);
    assert.equal(fact(card, 'Capability that the provider lacks'), 'disconnectData');
  });

  test('WSAEINPROGRESS in a session of version 1.1: later', async (t) => {
    const { daemon, session } = await started(t, { version: '1.1' });
    const [client] = await session.pair();
    const pending = client.answer('recv', { timeoutMs: 20_000 });
    await client.untilBusy();
    check(await failedEnd(daemon, client.id), 10036, 'WSAEINPROGRESS', [LATER]);
    await client.ok('cancel');
    await pending;
  });

  test('WSAENOTCONN tells state and provider', async (t) => {
    const { daemon, session } = await started(t);
    const { id } = await session.stream();
    const card = await failedEnd(daemon, id);
    check(card, 10057, 'WSAENOTCONN', ['Connect the socket first, or use one that accept has returned.']);
    assert.match(card.why, /connect it first\. \(the socket is fresh, the provider is lab\)$/);
    assert.deepEqual([fact(card, 'State of the socket'), fact(card, 'Provider')], ['fresh', 'lab']);
  });

  test('WSAENOTSOCK of a closed id: a new socket', async (t) => {
    const { daemon, session } = await started(t);
    const socket = await session.stream();
    await socket.ok('close');
    const card = await failedEnd(daemon, socket.id);
    check(card, 10038, 'WSAENOTSOCK', [
      'Open a new socket: this one was closed, and its id is not used again.',
    ]);
    assert.equal(fact(card, 'Why the id is gone'), 'closed');
  });

  test('WSAEFAULT of a length names the limit', async (t) => {
    const { daemon, session } = await started(t);
    const [client] = await session.pair();
    const card = await failedEnd(daemon, client.id, { disconnectData: { text: 'abc', len: 4 } });
    check(card, 10014, 'WSAEFAULT', [
      'Correct the length: no more than the bytes that are given, and room enough for the answer.',
    ]);
    assert.equal(fact(card, 'Limit, in bytes'), '3');
  });
});

test('the codes that a first conversation meets say what to do next', async (t) => {
  const { daemon, session } = await started(t);
  const [client, server] = await session.pair();
  await server.ok('sendDisconnect');
  const listener = await session.listener();
  const fresh = await session.stream();
  const { address: refusing } = await session.refusingAddress();
  const data = { text: 'hello' };
  const calls: readonly [string, string, object, RegExp][] = [
    ['WSAESHUTDOWN', 'send', { socketId: server.id, data }, /direction that is still open/],
    ['WSAEISCONN', 'connect', { socketId: client.id, address: refusing }, /Use the connection/],
    ['WSAECONNREFUSED', 'connect', { socketId: fresh.id, address: refusing }, /Let a socket listen/],
    ['WSAEADDRINUSE', 'bind', { socketId: fresh.id, address: await listener.sockName() }, /another port/],
  ];
  for (const [name, operation, params, next] of calls) {
    const card = errorCard(await rpc(daemon, operation, params));
    assert.equal(card.name, name, operation);
    assert.match(card.next.join(' '), next);
  }
});

test('without the page of the function a code links to the page of all codes', async (t) => {
  const { daemon, session } = await started(t);
  const { id: socketId } = await session.stream();
  const { pages } = errorCard(await rpc(daemon, 'sendDisconnect', { socketId }));
  assert.deepEqual(
    pages.map(({ href }) => href),
    ['/problems/WSAENOTCONN', ALL_CODES],
  );
});

test('a call of the daemon itself is not said to be a function of Winsock', async (t) => {
  const { daemon } = await started(t);
  const labels = errorCard(await rpc(daemon, 'getSocket', { socketId: 'sck_nobody' })).facts.map(
    ({ label }) => label,
  );
  assert.deepEqual(labels, ['Operation', 'Socket']);
  const sent = errorCard(await rpc(daemon, 'send', { socketId: 'sck_nobody', data: { text: 'hello' } }));
  assert.equal(fact(sent, 'Winsock function'), 'WSASend');
});

test('a validation problem lists what is wrong, where, and what was given', async (t) => {
  const { daemon, session } = await started(t);
  const { id: socketId } = await session.stream();
  const params = { socketId, address: { family: 'AF_INET', address: '127.0.0.1', port: 70_000 } };
  const card = errorCard(await rpc(daemon, 'bind', params), { operation: 'bind', params }, PAGE);
  assert.deepEqual([card.code, card.name], [undefined, 'validation']);
  const [error, ...others] = card.errors;
  assert.deepEqual([error?.place, error?.given, others], ['address/port', '70000', []]);
  assert.match(error?.detail ?? '', /65535/);
  assert.deepEqual(card.next, ['Correct the parameters that are listed, and call again.']);
  assert.deepEqual(
    card.pages.map(({ href }) => href),
    ['/problems/validation'],
  );
});

test('a length that suffices is a fact', async (t) => {
  const { daemon, session } = await started(t);
  const [client, server] = await session.pair();
  await server.ok('sendDisconnect', { disconnectData: { text: 'good bye' } });
  await session.ok('select', { read: [client.id], timeoutMs: 10_000 });
  const card = errorCard(await rpc(daemon, 'recvDisconnect', { socketId: client.id, maxBytes: 3 }));
  assert.equal(card.name, 'WSAEFAULT');
  assert.equal(fact(card, 'Length that suffices, in bytes'), '8');
});

test('401: sign in again', async (t) => {
  const { api } = await startDaemon(t);
  const card = errorCard(await api.as('not a token of the daemon').problem.get('/v1/sessions'));
  assert.equal(card.name, 'unauthorized');
  assert.deepEqual(card.next, [
    'Sign in again with a token of this daemon: the one in use is missing or not valid.',
  ]);
});

test('421: another name in the address of the page', async (t) => {
  const { api } = await startDaemon(t);
  const problem = await api.problem.get('/v1/sessions', { headers: { host: 'evil.example' } });
  const card = errorCard(problem);
  assert.deepEqual([problem.status, card.name], [421, 'misdirected']);
  assert.match(card.next[0] ?? '', /^Open this page under a name/);
});

test('a quota: end something, then the same call may succeed', async (t) => {
  const daemon = await startDaemon(t, { config: { limits: { socketsPerOwner: 1 } } });
  const session = await startSession(daemon, 'lab');
  await session.stream();
  const params = { sessionId: session.id, family: 'AF_INET', type: 'SOCK_STREAM', provider: 'lab' };
  const card = errorCard(await rpc(daemon, 'socket', params), { operation: 'socket', params });
  assert.equal(card.name, 'quota');
  assert.match(card.why, /socketsPerOwner/);
  assert.deepEqual(card.next, ['End sockets or sessions that you no longer need.', LATER]);
});

test('markup stays text, members of others are shown, and only pages of the daemon are linked', () => {
  const markup = '<img src=x onerror="alert(1)">';
  const card = errorCard(
    {
      type: 'javascript:alert(1)',
      title: markup,
      status: 400,
      detail: markup,
      instance: 'urn:winsockd:request:req-1',
      code: 10014,
      name: markup,
      errors: [
        { pointer: '/constructor/a~1b', detail: markup },
        { pointer: '', detail: markup },
      ],
      invention: { markup },
    },
    { operation: 'send', params: {} },
    'javascript:alert(2)',
  );
  assert.deepEqual([card.meaning, card.why, card.name], [markup, markup, markup]);
  assert.deepEqual(card.errors, [
    { place: 'constructor/a/b', detail: markup },
    { place: 'parameters', detail: markup },
  ]);
  assert.equal(fact(card, 'invention'), JSON.stringify({ markup }));
  assert.deepEqual(
    card.pages.map(({ href }) => href),
    [ALL_CODES],
  );
});
