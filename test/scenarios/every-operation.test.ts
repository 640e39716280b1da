/** Every operation of the list, called at its own route. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { restRouteOf } from '../../src/http/rest/rest-route.js';
import { OPERATIONS } from '../../src/operations/list.js';
import type { ProviderName } from '../../src/winsock/protocol-info.js';
import type { Answer, Body, TestClient } from '../http/client.js';
import { loopback, PROVIDERS, startDaemon, textOf } from './test-daemon.js';

type Parameters = Readonly<Record<string, unknown>>;

/** Calls operations by name and remembers which. */
class Caller {
  readonly called = new Set<string>();
  readonly #api: TestClient;

  constructor(api: TestClient) {
    this.#api = api;
  }

  /** The answer, success or failure. Path parameters go to the path, the others to the body. */
  async any(name: string, params: Parameters = {}): Promise<Answer> {
    const op = OPERATIONS.find((one) => one.name === name);
    assert.ok(op, name);
    const { method, path, placeholders } = restRouteOf(op);
    const target = path.replace(/\{(\w+)\}/g, (_, placeholder) => String(params[placeholder]));
    const rest = Object.entries(params).filter(([key]) => !placeholders.includes(key));
    const body = rest.length > 0 ? Object.fromEntries(rest) : {};
    if (method === 'GET') return this.#api.get(target);
    return method === 'DELETE'
      ? this.#api.delete(target)
      : this.#api[method === 'PUT' ? 'put' : 'post'](target, body);
  }

  async ok(name: string, params: Parameters = {}): Promise<Body> {
    const { status, body } = await this.any(name, params);
    assert.ok(status < 300, `${name} gave ${status}: ${JSON.stringify(body)}`);
    this.called.add(name);
    return body;
  }
}

const READY_MS = 10_000;

/** A session that calls every operation. */
const everything = async (call: Caller, provider: ProviderName): Promise<void> => {
  const { sessionId } = await call.ok('startup');
  const session = { sessionId };
  for (const read of ['getSession', 'listSessions', 'renewSession', 'getLastError', 'enumProtocols']) {
    await call.ok(read, session);
  }
  await call.ok('setLastError', { ...session, code: 10057 });
  await call.ok('getAddrInfo', { ...session, provider, node: '127.0.0.1', service: '80' });
  await call.ok('getNameInfo', {
    ...session,
    provider,
    address: loopback('AF_INET', 80),
    flags: ['NI_NUMERICHOST', 'NI_NUMERICSERV'],
  });
  const socket = async (type: string): Promise<{ socketId: string }> => {
    const { socketId } = await call.ok('socket', { ...session, family: 'AF_INET', type, provider });
    return { socketId };
  };

  const listener = await socket('SOCK_STREAM');
  await call.ok('bind', { ...listener, address: loopback('AF_INET', 0) });
  await call.ok('listen', { ...listener, backlog: 4 });
  const { address } = await call.ok('getSockName', listener);
  const client = await socket('SOCK_STREAM');
  await call.ok('connect', { ...client, address });
  await call.ok('select', { ...session, read: [listener.socketId], timeoutMs: READY_MS });
  await call.ok('conditionalAccept', { ...listener, condition: 'CF_DEFER', timeoutMs: READY_MS });
  const { socketId } = await call.ok('accept', { ...listener, timeoutMs: READY_MS });
  const server = { socketId };
  await call.ok('getPeerName', server);
  await call.ok('getSocket', server);
  await call.ok('listSockets', session);

  const option = { ...client, level: 'SOL_SOCKET', name: 'SO_KEEPALIVE' };
  await call.ok('setSockOpt', { ...option, value: { boolean: true } });
  assert.deepEqual((await call.ok('getSockOpt', option)).value, { boolean: true });

  await call.ok('send', { ...client, data: { text: 'hello' } });
  const asked = [{ socketId: server.socketId, events: ['POLLRDNORM'] }];
  await call.ok('poll', { ...session, sockets: asked, timeoutMs: READY_MS });
  assert.equal((await call.ok('ioctl', { ...server, request: 'FIONREAD' })).value, 5);
  await call.ok('eventSelect', { ...server, events: ['FD_READ', 'FD_CLOSE'] });
  await call.ok('enumNetworkEvents', { ...server, timeoutMs: READY_MS });
  assert.equal(textOf(await call.ok('recv', server)), 'hello');

  const [from, to] = [await socket('SOCK_DGRAM'), await socket('SOCK_DGRAM')];
  await call.ok('bind', { ...to, address: loopback('AF_INET', 0) });
  const { address: inbox } = await call.ok('getSockName', to);
  await call.ok('sendTo', { ...from, data: { text: 'datagram' }, address: inbox });
  assert.equal((await call.ok('recvFrom', { ...to, timeoutMs: READY_MS })).bytesReceived, 8);

  await call.ok('sendMsg', { ...from, data: { text: 'message' }, address: inbox });
  assert.equal((await call.ok('recvMsg', { ...to, timeoutMs: READY_MS })).bytesReceived, 7);

  const { faultId } = await call.ok('armFault', { ...session, effect: 'fail', code: 'WSAENETDOWN', nth: 99 });
  await call.ok('listFaults', session);
  await call.ok('getFault', { ...session, faultId });
  await call.ok('removeFault', { ...session, faultId });
  await call.ok('setLabLink', { ...session, latencyMs: 0 });
  await call.ok('advanceLabClock', { ...session, advanceMs: 1 });

  const twin = await call.ok('duplicate', client);
  await call.ok('close', { socketId: twin.socketId });
  await call.ok('sendDisconnect', client);
  await call.ok('select', { ...session, read: [server.socketId], timeoutMs: READY_MS });
  await call.ok('recvDisconnect', server);
  await call.ok('shutdown', { ...server, how: 'SD_SEND' });
  await call.ok('cancel', client);
  await call.ok('getSocketJournal', client);
  await call.ok('getSessionJournal', session);
  await call.ok('cleanup', session);
  await call.ok('endSession', session);
};

for (const provider of PROVIDERS) {
  test(`every operation succeeds on ${provider}`, async (t) => {
    const { api } = await startDaemon(t);
    const call = new Caller(api);
    await everything(call, provider);
    assert.deepEqual(
      OPERATIONS.filter(({ name }) => !call.called.has(name)).map(({ name }) => name),
      [],
      'operations that everything() does not call',
    );
  });
}

describe('every operation on a session or a socket first checks owner and start-up', () => {
  const EXEMPT = [
    'getSession',
    'renewSession',
    'endSession',
    'getLastError',
    'setLastError',
    'listSockets',
    'getSessionJournal',
    'getSocketJournal',
  ];

  for (const { name, scope } of OPERATIONS.filter((op) => op.scope !== 'daemon')) {
    test(name, async (t) => {
      const { api, bob } = await startDaemon(t);
      const { sessionId } = await api.ok.post('/v1/startup');
      const { socketId } = await api.ok.post(`/v1/sessions/${sessionId}/sockets`, { provider: 'lab' });
      const { faultId } = await api.ok.post(`/v1/sessions/${sessionId}/faults`, {
        effect: 'delay',
        delayMs: 1,
        nth: 99,
      });
      const option = name.endsWith('SockOpt') ? { level: 'SOL_SOCKET', name: 'SO_ERROR' } : {};
      const fault = name.endsWith('Fault') && name !== 'armFault' ? { faultId } : {};
      const target = { ...(scope === 'session' ? { sessionId } : { socketId }), ...option, ...fault };

      const foreign = await new Caller(bob).any(name, target);
      assert.equal(foreign.status, 404, 'to another owner');

      await api.ok.post(`/v1/sessions/${sessionId}/cleanup`);
      const stopped = await new Caller(api).any(name, target);
      assert.equal(stopped.body.code === 10093, !EXEMPT.includes(name), JSON.stringify(stopped.body));
    });
  }
});
