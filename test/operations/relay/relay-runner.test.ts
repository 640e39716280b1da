import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labDaemon } from '../lab-daemon.js';

/** A relay in the lab, and a listener that its upstream address names. */
const relayed = async (params: object = {}) => {
  const lab = labDaemon();
  const { value } = lab;
  const { sessionId } = await value('startup', {});
  const listening = async (port: number) => {
    const { socketId } = await value('socket', { sessionId, family: 'AF_INET' });
    const address = { family: 'AF_INET', address: '127.0.0.1', port };
    await value('bind', { socketId, address });
    await value('listen', { socketId });
    return { socketId: String(socketId), address };
  };
  const [listener, server] = [await listening(7), await listening(8)];
  const { socketId } = listener;
  const { relayId } = await value('startRelay', { socketId, upstream: server.address, ...params });
  return { ...lab, sessionId, listener, server, relayId };
};

const turns = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await new Promise(setImmediate);
};

test('an accept that fails again and again is repeated slowly', async () => {
  const { value, sessionId, relayId, listener, clock } = await relayed();
  // The accept under way began before the rule.
  await value('updateRelay', { sessionId, relayId, paused: true });
  await turns(2);
  const fault = { operation: 'accept', effect: 'fail', code: 'WSAECONNRESET' };
  const { faultId } = await value('armFault', { sessionId, socketId: listener.socketId, ...fault });
  await value('updateRelay', { sessionId, relayId, paused: false });
  const calls = async () => Number((await value('getFault', { sessionId, faultId })).calls);
  for (let i = 0; i < 20; i++) {
    clock.advance(0);
    await turns(4);
  }
  assert.equal(await calls(), 16);
  clock.advance(100);
  await turns(4);
  assert.equal(await calls(), 17);
});

test('the calls of a relay have its id as their request, and count neither as use nor as pending', async () => {
  const { value, sessionId, relayId, listener, server, clock, daemon } = await relayed();
  const { socketId } = await value('socket', { sessionId, family: 'AF_INET' });
  await value('connect', { socketId, address: listener.address });
  await value('accept', { socketId: server.socketId });
  await turns(10);
  assert.equal((await value('getSession', { sessionId })).pendingCalls, 0);
  const { entries } = await value('getSessionJournal', { sessionId });
  assert.deepEqual(
    (entries as { operation: string; requestId: string }[])
      .filter(({ requestId }) => requestId === relayId)
      .map(({ operation }) => operation),
    ['accept', 'socket', 'connect'],
  );
  clock.advance(3_600_000);
  await turns(10);
  assert.deepEqual([daemon.sessions.size, daemon.sockets.size], [0, 0]);
});
