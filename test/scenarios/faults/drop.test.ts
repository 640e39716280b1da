/** The effect `drop`: a datagram of the lab counts as sent and is lost. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loopback, startDaemon, startSession, textOf } from '../test-daemon.js';
import { countersOf } from './fault-counters.js';

test('a dropped datagram counts as sent and vanishes; the socket is bound as by any send', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const receiver = await session.datagram();
  await receiver.ok('bind', { address: loopback('AF_INET', 0) });
  const address = await receiver.sockName();
  const sender = await session.datagram();
  await session.arm({ socketId: sender.id, nth: 1, effect: 'drop' });
  assert.equal((await sender.ok('sendTo', { address, data: { text: 'lost' } })).bytesSent, 4);
  assert.equal((await sender.info()).state, 'bound');
  assert.equal((await sender.problem('recvFrom', { timeoutMs: 1 })).name, 'WSAETIMEDOUT');
  await sender.ok('sendTo', { address, data: { text: 'found' } });
  const found = await receiver.ok('recvFrom', { timeoutMs: 10_000 });
  assert.equal(textOf(found), 'found');
  assert.notEqual(found.address.port, 0);
  assert.deepEqual(await countersOf(daemon, session, 'flt_1'), [2, 1]);
});

test('a send that would fail without the fault fails the same way, and the rule stays armed', async (t) => {
  const daemon = await startDaemon(t);
  const session = await startSession(daemon, 'lab');
  const [socket, peer] = [await session.datagram(), await session.datagram()];
  await peer.ok('bind', { address: loopback('AF_INET', 0) });
  const address = await peer.sockName();
  const data = { text: 'x' };
  await session.arm({ effect: 'drop', times: 1 });
  const refused: [string, string, object][] = [
    ['WSAEACCES', 'sendTo', { data, address: { ...address, address: '255.255.255.255' } }],
    ['WSAEADDRNOTAVAIL', 'sendTo', { data, address: { ...address, address: '0.0.0.0' } }],
    ['WSAEFAULT', 'sendTo', { data, address: loopback('AF_INET6', 9) }],
    ['WSAEMSGSIZE', 'sendTo', { data: { text: 'x'.repeat(65_508) }, address }],
    ['WSAENOTCONN', 'send', { data }],
  ];
  const failing = async ([name, operation, params]: [string, string, object]): Promise<void> => {
    const { headers, body } = await socket.answer(operation, params);
    assert.deepEqual([body.name, body.fault, headers['winsockd-fault']], [name, undefined, undefined]);
  };
  for (const one of refused) await failing(one);
  assert.deepEqual(await countersOf(daemon, session, 'flt_1'), [refused.length, 0]);
  const { status, headers } = await socket.answer('sendTo', { data, address });
  assert.deepEqual([status, headers['winsockd-fault']], [200, 'flt_1']);
  assert.deepEqual(await countersOf(daemon, session, 'flt_1'), [refused.length + 1, 1]);
  assert.equal((await peer.problem('recvFrom', { timeoutMs: 0 })).name, 'WSAETIMEDOUT');
  await session.arm({ effect: 'drop' });
  await socket.ok('shutdown', { how: 'SD_SEND' });
  await failing(['WSAESHUTDOWN', 'sendTo', { data, address }]);
});
