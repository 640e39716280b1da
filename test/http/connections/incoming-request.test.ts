import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import test from 'node:test';
import { incomingRequests } from '../../../src/http/connections/incoming-request.js';

/** A request as Node's parser makes it. */
const parsed = (
  {
    method = 'GET',
    url = '/v1/rpc',
    upgrade = 'websocket',
  }: Partial<Record<'method' | 'url' | 'upgrade', string>>,
  owesAnswers = false,
  hasUpgrade = true,
) => {
  const Request = incomingRequests(() => owesAnswers);
  const request = new Request(new Socket());
  request.method = method;
  request.url = url;
  request.headers = { upgrade };
  return Object.assign(request, { upgrade: hasUpgrade });
};

test('only a GET of a path of WebSockets asks for an upgrade to one', () => {
  for (const [fields, expected] of [
    [{}, true],
    [{ url: '/v1/rpc?a=/b' }, true],
    [{ upgrade: 'WebSocket' }, true],
    [{ method: 'POST' }, false],
    [{ method: 'HEAD' }, false],
    [{ url: '/v1/rpc/' }, false],
    [{ url: '/v1/events' }, false],
    [{ url: 'http://127.0.0.1/v1/rpc' }, false],
    [{ upgrade: 'h2c' }, false],
    [{ upgrade: 'websocket, h2c' }, false],
    [{ method: 'CONNECT', url: 'a:1' }, true],
  ] as const) {
    assert.equal(parsed(fields).upgrade, expected, JSON.stringify(fields));
  }
});

test('none does without both fields, or behind requests that are not answered', () => {
  assert.equal(parsed({}, false, false).upgrade, false);
  assert.equal(parsed({}, true).upgrade, false);
  assert.equal(parsed({ method: 'CONNECT' }, true).upgrade, true);
});

test('it is judged once: a target that is rewritten later changes nothing', () => {
  const absolute = parsed({ url: 'http://127.0.0.1/v1/rpc' });
  assert.equal(absolute.upgrade, false);
  absolute.url = '/v1/rpc';
  assert.equal(absolute.upgrade, false);
});

test('Node, which has no listener for upgrades any more, can take it back', () => {
  const request = parsed({});
  assert.equal(request.upgrade, true);
  request.upgrade = false;
  assert.equal(request.upgrade, false);
});
