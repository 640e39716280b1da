import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Handle } from '../../../src/providers/provider.js';
import type { WsaName } from '../../../src/winsock/errors.js';
import type { Outcome } from '../../../src/winsock/outcome.js';
import { v4, v6 } from '../../addresses.js';
import { internet } from '../contract/case-sockets.js';
import { bytes, codeOf, failure, Lab, value } from './support.js';

type Row = Readonly<Record<Call, WsaName | 'ok'>>;
type Call = 'bind' | 'listen' | 'accept' | 'connect' | 'send' | 'recv' | 'shutdown' | 'sendDisconnect';

const ELSEWHERE = v4('127.0.0.1', 9);
const UNREACHABLE = v4('192.0.2.1', 9);

const CALLS: Readonly<Record<Call, (lab: Lab, s: Handle) => Outcome<unknown>>> = {
  bind: (lab, s) => lab.provider.bind(s, v4('127.0.0.1', 0)),
  listen: (lab, s) => lab.provider.listen(s, 1),
  accept: (lab, s) => lab.provider.accept(s),
  connect: (lab, s) => lab.provider.connect(s, ELSEWHERE),
  send: (lab, s) => lab.provider.send(s, bytes('x'), 0),
  recv: (lab, s) => lab.provider.recv(s, new Uint8Array(4), 0),
  shutdown: (lab, s) => lab.provider.shutdown(s, 'SD_SEND'),
  sendDisconnect: (lab, s) => lab.provider.sendDisconnect(s),
};

const closedSocket = (lab: Lab): Handle => {
  const s = lab.socket();
  value(lab.provider.close(s));
  return s;
};

/** How a stream gets into each state. */
const STATES: Readonly<Record<string, (lab: Lab) => Handle>> = {
  fresh: (lab) => lab.socket(),
  bound: (lab) => {
    const s = lab.socket();
    value(lab.provider.bind(s, v4('127.0.0.1', 0)));
    return s;
  },
  listening: (lab) => lab.listener().listener,
  connecting: (lab) => lab.dial(ELSEWHERE),
  connected: (lab) => lab.connected().client,
  'send shut': (lab) => {
    const { client } = lab.connected();
    value(lab.provider.shutdown(client, 'SD_SEND'));
    return client;
  },
  'receive shut': (lab) => {
    const { client } = lab.connected();
    value(lab.provider.shutdown(client, 'SD_RECEIVE'));
    return client;
  },
  'peer closed': (lab) => {
    const { client, server } = lab.connected();
    value(lab.provider.close(server));
    return client;
  },
  closed: closedSocket,
};

const unconnected = {
  send: 'WSAENOTCONN',
  recv: 'WSAENOTCONN',
  shutdown: 'WSAENOTCONN',
  sendDisconnect: 'WSAENOTCONN',
} as const;
const joined = {
  bind: 'WSAEINVAL',
  listen: 'WSAEISCONN',
  accept: 'WSAEINVAL',
  connect: 'WSAEISCONN',
  send: 'ok',
  recv: 'WSAEWOULDBLOCK',
  shutdown: 'ok',
  sendDisconnect: 'ok',
} as const;

const TABLE: Readonly<Record<string, Row>> = {
  fresh: {
    bind: 'ok',
    listen: 'WSAEINVAL',
    accept: 'WSAEINVAL',
    connect: 'WSAEWOULDBLOCK',
    ...unconnected,
  },
  bound: { bind: 'WSAEINVAL', listen: 'ok', accept: 'WSAEINVAL', connect: 'WSAEWOULDBLOCK', ...unconnected },
  listening: {
    bind: 'WSAEINVAL',
    listen: 'ok',
    accept: 'WSAEWOULDBLOCK',
    connect: 'WSAEINVAL',
    ...unconnected,
  },
  connecting: {
    bind: 'WSAEINVAL',
    listen: 'WSAEINVAL',
    accept: 'WSAEINVAL',
    connect: 'WSAEALREADY',
    ...unconnected,
  },
  connected: joined,
  'send shut': { ...joined, send: 'WSAESHUTDOWN' },
  'receive shut': { ...joined, recv: 'WSAESHUTDOWN' },
  'peer closed': { ...joined, recv: 'ok' },
  closed: {
    bind: 'WSAENOTSOCK',
    listen: 'WSAENOTSOCK',
    accept: 'WSAENOTSOCK',
    connect: 'WSAENOTSOCK',
    send: 'WSAENOTSOCK',
    recv: 'WSAENOTSOCK',
    shutdown: 'WSAENOTSOCK',
    sendDisconnect: 'WSAENOTSOCK',
  },
};

describe('stream states', () => {
  for (const [state, row] of Object.entries(TABLE)) {
    for (const [call, expected] of Object.entries(row)) {
      it(`${call} on a ${state} socket: ${expected}`, (t) => {
        const lab = new Lab(t);
        const s = STATES[state]?.(lab);
        // Object.entries has string keys; the row's keys are exactly Call.
        const run = CALLS[call as Call];
        assert.ok(s !== undefined);
        const outcome = run(lab, s);
        if (expected === 'ok') value(outcome);
        else failure(outcome, expected);
      });
    }
  }

  it('getSockName needs a bind, getPeerName a peer or a pending connect', (t) => {
    const lab = new Lab(t);
    const fresh = lab.socket();
    failure(lab.provider.getSockName(fresh), 'WSAEINVAL');
    failure(lab.provider.getPeerName(fresh), 'WSAENOTCONN');
    const connecting = lab.dial(ELSEWHERE);
    assert.deepEqual(value(lab.provider.getPeerName(connecting)), ELSEWHERE);
    const { client, server } = lab.connected();
    assert.deepEqual(value(lab.provider.getPeerName(client)), value(lab.provider.getSockName(server)));
    assert.deepEqual(value(lab.provider.getSockName(client)), value(lab.provider.getPeerName(server)));
  });

  it('an address of the other family is WSAEFAULT; port zero and the wildcard are refused', (t) => {
    const lab = new Lab(t);
    const s = lab.socket();
    failure(lab.provider.bind(s, v6('::1', 0)), 'WSAEFAULT');
    failure(lab.provider.connect(s, v6('::1', 80)), 'WSAEFAULT');
    failure(lab.provider.connect(s, v4('127.0.0.1', 0)), 'WSAEADDRNOTAVAIL');
    failure(lab.provider.connect(s, v4('0.0.0.0', 80)), 'WSAEADDRNOTAVAIL');
    failure(lab.provider.getSockName(s), 'WSAEINVAL');
  });

  it('a connect after a refusal tries again; a port from the failed connect is released', (t) => {
    const lab = new Lab(t);
    const { listener, at } = lab.listener();
    value(lab.provider.close(listener));
    const s = lab.dial(at);
    lab.clock.settle();
    failure(lab.provider.finishConnect(s), 'WSAECONNREFUSED');
    failure(lab.provider.getSockName(s), 'WSAEINVAL');
    const again = lab.socket();
    value(lab.provider.bind(again, at));
    value(lab.provider.listen(again, 1));
    failure(lab.provider.connect(s, at), 'WSAEWOULDBLOCK');
    lab.clock.settle();
    value(lab.provider.finishConnect(s));
    assert.ok(internet(value(lab.provider.getSockName(s))).port > 0);
  });

  it('finishConnect and SO_ERROR report a failed connect until another one has ended', (t) => {
    const lab = new Lab(t);
    const s = lab.dial(ELSEWHERE);
    failure(lab.provider.finishConnect(s), 'WSAEWOULDBLOCK');
    lab.clock.settle();
    const soError = () => value(lab.provider.getSockOpt(s, 'SO_ERROR'));
    for (let i = 0; i < 2; i++) {
      failure(lab.provider.finishConnect(s), 'WSAECONNREFUSED');
      assert.equal(soError(), codeOf('WSAECONNREFUSED'));
    }
    failure(lab.provider.connect(s, UNREACHABLE), 'WSAEWOULDBLOCK');
    assert.equal(soError(), codeOf('WSAECONNREFUSED'), 'under way');
    lab.clock.settle();
    failure(lab.provider.finishConnect(s), 'WSAENETUNREACH');
    assert.equal(soError(), codeOf('WSAENETUNREACH'));
  });

  it('connect after sendDisconnect is WSAEISCONN', (t) => {
    const lab = new Lab(t);
    const { client } = lab.connected();
    value(lab.provider.sendDisconnect(client));
    failure(lab.provider.connect(client, ELSEWHERE), 'WSAEISCONN');
  });

  it('unknown handles are WSAENOTSOCK in every call', (t) => {
    const lab = new Lab(t);
    const s = closedSocket(lab);
    const { provider } = lab;
    for (const outcome of [
      provider.finishConnect(s),
      provider.sendTo(s, bytes('x'), 0, ELSEWHERE),
      provider.recvFrom(s, new Uint8Array(1), 0),
      provider.recvDisconnect(s),
      provider.getSockName(s),
      provider.getPeerName(s),
      provider.getSockOpt(s, 'SO_TYPE'),
      provider.setSockOpt(s, 'SO_KEEPALIVE', true),
      provider.available(s),
      provider.watch(s, { read: true }, () => {}),
      provider.unsent(s),
      provider.close(s),
      provider.abort(s),
    ]) {
      failure(outcome, 'WSAENOTSOCK');
    }
  });
});
