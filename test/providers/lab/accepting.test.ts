import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KEEP_ALIVE_PROBES } from '../../../src/providers/lab/keep-alive.js';
import { CONNECT_LIMIT_MS } from '../../../src/providers/lab/unreachable-networks.js';
import { v6 } from '../../addresses.js';
import { internet } from '../contract/case-sockets.js';
import { failure, Lab, value } from './support.js';

describe('accepted sockets', () => {
  it('use the keep-alive times of their listener', (t) => {
    const lab = new Lab(t);
    const { listener, at } = lab.listener();
    const times = { onoff: true, keepalivetime: 5000, keepaliveinterval: 100 };
    value(lab.provider.setKeepAlive(listener, times));
    lab.dial(at);
    lab.clock.settle();
    const { handle } = value(lab.provider.accept(listener));
    lab.network.link.change({ partition: true });
    lab.clock.advance(times.keepalivetime + KEEP_ALIVE_PROBES * times.keepaliveinterval - 1);
    failure(lab.provider.recv(handle, new Uint8Array(1), 0), 'WSAEWOULDBLOCK');
    lab.clock.advance(1);
    failure(lab.provider.recv(handle, new Uint8Array(1), 0), 'WSAENETRESET');
  });

  it('inherit IPV6_V6ONLY from their listener', (t) => {
    const lab = new Lab(t);
    const listener = lab.socket('lab tp4 [IPv6]');
    value(lab.provider.setSockOpt(listener, 'IPV6_V6ONLY', false));
    value(lab.provider.bind(listener, v6('::', 0)));
    value(lab.provider.listen(listener, 1));
    const { port } = internet(value(lab.provider.getSockName(listener)));
    lab.dial(v6('::1', port), 'lab tp4 [IPv6]');
    lab.clock.settle();
    const { handle } = value(lab.provider.accept(listener));
    assert.equal(value(lab.provider.getSockOpt(handle, 'IPV6_V6ONLY')), false);
  });
});

describe('a listener with SO_CONDITIONAL_ACCEPT', () => {
  it('keeps its callers waiting beyond the time limit of a connect', (t) => {
    const lab = new Lab(t);
    lab.network.link.change({ latencyMs: 10 });
    const listener = lab.socket();
    value(lab.provider.setSockOpt(listener, 'SO_CONDITIONAL_ACCEPT', true));
    value(lab.provider.bind(listener, { family: 'AF_INET', address: '127.0.0.1', port: 0 }));
    value(lab.provider.listen(listener, 1));
    const client = lab.dial(internet(value(lab.provider.getSockName(listener))));
    lab.clock.advance(2 * CONNECT_LIMIT_MS);
    failure(lab.provider.finishConnect(client), 'WSAEWOULDBLOCK');
    value(lab.provider.accept(listener));
    lab.clock.advance(10);
    value(lab.provider.finishConnect(client));
  });
});
