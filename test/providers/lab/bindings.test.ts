import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { DYNAMIC_PORTS } from '../../../src/providers/lab/bindings.js';
import type { Handle } from '../../../src/providers/provider.js';
import { wsaNameOf } from '../../../src/winsock/errors.js';
import { v4, v6 } from '../../addresses.js';
import { internet } from '../contract/case-sockets.js';
import { failure, Lab, value } from './support.js';

/** The rows and columns of Microsoft's table, in its order. */
const KINDS = ['default', 'SO_REUSEADDR', 'SO_EXCLUSIVEADDRUSE'] as const;
const ADDRESSES = ['0.0.0.0', '127.0.0.1'] as const;
const COMBINATIONS = KINDS.flatMap((kind) => ADDRESSES.map((address) => ({ kind, address })));

/**
 * Both calls are made by the same user, so that CHECK of the page succeeds.
 * https://learn.microsoft.com/windows-hardware/drivers/network/sharing-transport-addresses
 */
const MICROSOFT = `
  INUSE   Success ACCESS  Success INUSE Success
  Success INUSE   Success ACCESS  INUSE INUSE
  INUSE   Success Success Success INUSE Success
  Success ACCESS  Success Success INUSE INUSE
  INUSE   ACCESS  ACCESS  ACCESS  INUSE ACCESS
  Success INUSE   Success ACCESS  INUSE INUSE`
  .trim()
  .split('\n')
  .map((line) => line.trim().split(/ +/));
const WORDS: Readonly<Record<string, string>> = { WSAEADDRINUSE: 'INUSE', WSAEACCES: 'ACCESS' };

const socketWith = (lab: Lab, kind: (typeof KINDS)[number], entry?: string): Handle => {
  const s = lab.socket(entry);
  if (kind !== 'default') value(lab.provider.setSockOpt(s, kind, true));
  return s;
};

describe('bind', () => {
  for (const entry of ['lab tp4', 'lab datagram']) {
    COMBINATIONS.forEach((first, row) => {
      it(`${entry}: after ${first.kind} at ${first.address}, as Microsoft's table says`, (t) => {
        const answers = COMBINATIONS.map((second) => {
          const lab = new Lab(t);
          value(lab.provider.bind(socketWith(lab, first.kind, entry), v4(first.address, 5150)));
          const outcome = lab.provider.bind(socketWith(lab, second.kind, entry), v4(second.address, 5150));
          return outcome.ok ? 'Success' : WORDS[wsaNameOf(outcome.code) ?? ''];
        });
        assert.deepEqual(answers, MICROSOFT[row]);
      });
    });
  }

  it('port 0 chooses each dynamic port once', (t) => {
    const lab = new Lab(t);
    const ports = [0, 0, 0].map(() => {
      const s = lab.socket();
      value(lab.provider.bind(s, v4('127.0.0.1', 0)));
      return internet(value(lab.provider.getSockName(s))).port;
    });
    assert.equal(new Set(ports).size, 3);
    assert.ok(ports.every((port) => port >= DYNAMIC_PORTS.first && port <= DYNAMIC_PORTS.last));
  });

  it('without a free dynamic port bind is WSAEADDRINUSE, connect and sendTo WSAENOBUFS', (t) => {
    const lab = new Lab(t);
    const bindOne = (): Handle => {
      const s = lab.socket();
      value(lab.provider.bind(s, v4('127.0.0.1', 0)));
      return s;
    };
    const count = DYNAMIC_PORTS.last - DYNAMIC_PORTS.first + 1;
    const held = Array.from({ length: count }, bindOne);
    failure(lab.provider.bind(lab.socket(), v4('127.0.0.1', 0)), 'WSAEADDRINUSE');
    failure(lab.provider.connect(lab.socket(), v4('127.0.0.1', 80)), 'WSAENOBUFS');
    value(lab.provider.close(held[17] ?? bindOne()));
    bindOne();
  });

  it('different addresses and transports do not conflict, and close frees the port', (t) => {
    const lab = new Lab(t);
    const s = lab.socket();
    value(lab.provider.bind(s, v4('10.0.0.1', 80)));
    value(lab.provider.bind(lab.socket(), v4('10.0.0.2', 80)));
    value(lab.provider.bind(lab.socket('lab decnet'), v4('10.0.0.1', 80)));
    failure(lab.provider.bind(lab.socket(), v4('10.0.0.1', 80)), 'WSAEADDRINUSE');
    value(lab.provider.close(s));
    value(lab.provider.bind(lab.socket(), v4('10.0.0.1', 80)));
  });

  it('all spellings of an IPv6 address share its ports', (t) => {
    const lab = new Lab(t);
    value(lab.provider.bind(lab.socket('lab tp4 [IPv6]'), v6('::1', 80)));
    const again = lab.provider.bind(lab.socket('lab tp4 [IPv6]'), v6('0:0:0:0:0:0:0:1', 80));
    failure(again, 'WSAEADDRINUSE');
  });

  it('a socket bound to IPv4 receives before a dual-stack wildcard', (t) => {
    const lab = new Lab(t);
    const dual = lab.socket('lab tp4 [IPv6]');
    value(lab.provider.setSockOpt(dual, 'IPV6_V6ONLY', false));
    value(lab.provider.bind(dual, v6('::', 80)));
    value(lab.provider.listen(dual, 5));
    const own = lab.socket();
    value(lab.provider.bind(own, v4('0.0.0.0', 80)));
    value(lab.provider.listen(own, 5));
    lab.dial(v4('127.0.0.1', 80));
    lab.clock.settle();
    failure(lab.provider.accept(dual), 'WSAEWOULDBLOCK');
    value(lab.provider.accept(own));
  });

  it('a dual-stack listener serves IPv4 callers under mapped addresses', (t) => {
    const lab = new Lab(t);
    const dual = lab.socket('lab tp4 [IPv6]');
    value(lab.provider.setSockOpt(dual, 'IPV6_V6ONLY', false));
    value(lab.provider.bind(dual, v6('::', 80)));
    value(lab.provider.listen(dual, 5));
    const client = lab.dial(v4('127.0.0.1', 80));
    lab.clock.settle();
    value(lab.provider.finishConnect(client));
    const { handle, remote } = value(lab.provider.accept(dual));
    assert.equal(internet(remote).address, '::ffff:127.0.0.1');
    assert.equal(internet(value(lab.provider.getSockName(handle))).address, '::ffff:127.0.0.1');
  });

  it('a mapped address needs IPV6_V6ONLY off', (t) => {
    const lab = new Lab(t);
    const s = lab.socket('lab tp4 [IPv6]');
    failure(lab.provider.bind(s, v6('::ffff:127.0.0.1', 80)), 'WSAEADDRNOTAVAIL');
    failure(lab.provider.connect(s, v6('::ffff:127.0.0.1', 80)), 'WSAEADDRNOTAVAIL');
    value(lab.provider.setSockOpt(s, 'IPV6_V6ONLY', false));
    value(lab.provider.bind(s, v6('::ffff:127.0.0.1', 80)));
    assert.equal(internet(value(lab.provider.getSockName(s))).address, '::ffff:127.0.0.1');
    failure(lab.provider.connect(s, v6('::1', 80)), 'WSAEADDRNOTAVAIL');
  });

  it('the more specific listener gets the connection', (t) => {
    const lab = new Lab(t);
    const listenAt = (address: string): Handle => {
      const s = lab.socket();
      value(lab.provider.bind(s, v4(address, 80)));
      value(lab.provider.listen(s, 5));
      return s;
    };
    const [wild, specific] = [listenAt('0.0.0.0'), listenAt('10.0.0.1')];
    lab.dial(v4('10.0.0.1', 80));
    lab.dial(v4('10.0.0.2', 80));
    lab.clock.settle();
    for (const s of [wild, specific]) {
      value(lab.provider.accept(s));
      failure(lab.provider.accept(s), 'WSAEWOULDBLOCK');
    }
  });

  it('the port of an exclusive listener stays blocked for exclusive use while its connections live', (t) => {
    const lab = new Lab(t);
    const listener = socketWith(lab, 'SO_EXCLUSIVEADDRUSE');
    value(lab.provider.bind(listener, v4('127.0.0.1', 80)));
    value(lab.provider.listen(listener, 5));
    lab.dial(v4('127.0.0.1', 80));
    lab.clock.settle();
    const { handle } = value(lab.provider.accept(listener));
    value(lab.provider.close(listener));
    const next = socketWith(lab, 'SO_EXCLUSIVEADDRUSE');
    failure(lab.provider.bind(next, v4('127.0.0.1', 80)), 'WSAEADDRINUSE');
    value(lab.provider.close(handle));
    value(lab.provider.bind(next, v4('127.0.0.1', 80)));
  });

  it('the broadcast address is WSAEACCES, and a text that is no address throws', (t) => {
    const lab = new Lab(t);
    const s = lab.socket();
    failure(lab.provider.bind(s, v4('255.255.255.255', 80)), 'WSAEACCES');
    assert.throws(() => lab.provider.bind(s, v4('localhost', 80)), RangeError);
    assert.throws(() => lab.provider.bind(s, v4('127.0.0.1', 65_536)), RangeError);
  });

  it('connect binds to a dynamic port and shows the source address', (t) => {
    const lab = new Lab(t);
    for (const [to, from] of [
      ['127.8.8.8', '127.0.0.1'],
      ['10.0.0.1', '10.0.0.1'],
      ['203.0.113.1', '0.0.0.0'],
    ] as const) {
      const name = internet(value(lab.provider.getSockName(lab.dial(v4(to, 80)))));
      assert.equal(name.address, from);
      assert.ok(name.port >= DYNAMIC_PORTS.first);
    }
  });
});

test('a bind to a multicast group is refused', (t) => {
  const lab = new Lab(t);
  for (const entry of ['lab tp4', 'lab datagram']) {
    failure(lab.provider.bind(lab.socket(entry), v4('239.255.0.1', 0)), 'WSAEADDRNOTAVAIL');
  }
});
