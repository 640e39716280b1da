/** Every operation of the list, called by its name: over REST, or another way in. */
import assert from 'node:assert/strict';
import { restRouteOf } from '../../src/http/rest/rest-route.js';
import { OPERATIONS } from '../../src/operations/list.js';
import type { AnyOperation } from '../../src/operations/operation.js';
import type { ProviderName } from '../../src/winsock/protocol-info.js';
import type { Body, TestClient } from '../http/client.js';
import { loopback, textOf } from './test-daemon.js';

export type Parameters = Readonly<Record<string, unknown>>;

/** An answer: the result, or the problem document with its status. */
export interface CallAnswer {
  readonly status: number;
  readonly body: Body;
}

/** Makes one call, whatever its protocol. */
export type Send = (op: AnyOperation, params: Parameters) => Promise<CallAnswer>;

/** Calls at the operation's own route. Path parameters go to the path, the others to the body. */
export const overRest =
  (api: TestClient): Send =>
  (op, params) => {
    const { method, path, placeholders } = restRouteOf(op);
    const target = path.replace(/\{(\w+)\}/g, (_, placeholder) => String(params[placeholder]));
    const rest = Object.entries(params).filter(([key]) => !placeholders.includes(key));
    const body = rest.length > 0 ? Object.fromEntries(rest) : {};
    if (method === 'GET') return api.get(target);
    return method === 'DELETE' ? api.delete(target) : api[method === 'PUT' ? 'put' : 'post'](target, body);
  };

/** Calls operations by name and remembers which. */
export class Caller {
  readonly called = new Set<string>();
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /** The answer, success or failure. */
  any(name: string, params: Parameters = {}): Promise<CallAnswer> {
    const op = OPERATIONS.find((one) => one.name === name);
    assert.ok(op, name);
    return this.#send(op, params);
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
export const everything = async (call: Caller, provider: ProviderName): Promise<void> => {
  const { sessionId } = await call.ok('startup');
  const session = { sessionId };
  for (const read of ['getSession', 'renewSession', 'getLastError', 'enumProtocols']) {
    await call.ok(read, session);
  }
  await call.ok('listSessions');
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
  const { relayId } = await call.ok('startRelay', { ...listener, upstream: loopback('AF_INET', 9) });
  await call.ok('listRelays', session);
  await call.ok('getRelay', { ...session, relayId });
  await call.ok('updateRelay', { ...session, relayId, paused: true });
  await call.ok('endRelay', { ...session, relayId });
  await call.ok('resetSession', session);
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
