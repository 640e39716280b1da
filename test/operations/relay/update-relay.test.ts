import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labDaemon } from '../lab-daemon.js';

const FAULT = { end: 'client', effect: 'latency', operation: 'recv', latencyMs: 5 };
const fail = (nth: number) => ({ operation: 'send', nth, effect: 'fail', code: 'WSAENETDOWN' });

/** A relay in the lab with two rules. Nothing connects to it. */
const relayed = async () => {
  const lab = labDaemon();
  const { value, reply } = lab;
  const { sessionId } = await value('startup', {});
  const { socketId } = await value('socket', { sessionId, family: 'AF_INET' });
  await value('bind', { socketId, address: { family: 'AF_INET', address: '127.0.0.1', port: 7 } });
  await value('listen', { socketId });
  const upstream = { family: 'AF_INET', address: '127.0.0.1', port: 8 };
  const { relayId, faultIds } = await value('startRelay', { socketId, upstream, faults: [FAULT, FAULT] });
  assert.deepEqual(faultIds, ['flt_1', 'flt_2']);
  return {
    ...lab,
    sessionId,
    of: { sessionId, relayId },
    ids: async () =>
      ((await value('listFaults', { sessionId })).faults as { faultId: string }[]).map((one) => one.faultId),
    undelivered: async (name: string, params: Record<string, unknown>) => {
      const made = await reply(name, params);
      assert.ok(made.answer.ok, JSON.stringify(made.answer));
      return () => made.settle(false);
    },
  };
};

test('an undelivered answer: the relay is as before', async () => {
  const { value, of, undelivered, ids } = await relayed();
  const undo = await undelivered('updateRelay', { ...of, paused: true, faults: [FAULT] });
  assert.deepEqual(await ids(), ['flt_3']);
  undo();
  assert.deepEqual(await ids(), ['flt_1', 'flt_2']);
  const { state, faultIds } = await value('getRelay', of);
  assert.deepEqual([state, faultIds], ['running', ['flt_1', 'flt_2']]);
  await value('endRelay', of);
  assert.deepEqual(await ids(), []);
});

test('an undelivered answer changes nothing that others have replaced or ended since', async () => {
  const { value, of, undelivered, ids } = await relayed();
  const undo = await undelivered('updateRelay', { ...of, faults: [] });
  await value('updateRelay', { ...of, faults: [FAULT] });
  undo();
  assert.deepEqual(await ids(), ['flt_3']);
  const late = await undelivered('updateRelay', { ...of, paused: true, faults: [] });
  await value('endRelay', of);
  late();
  assert.deepEqual(await ids(), []);
});

test('a removed rule of a relay is armed again only while the relay has it', async () => {
  const { value, sessionId, of, undelivered, ids } = await relayed();
  const again = await undelivered('removeFault', { sessionId, faultId: 'flt_1' });
  assert.deepEqual((await value('getRelay', of)).faultIds, ['flt_2'], 'it has only rules that are armed');
  again();
  assert.deepEqual((await value('getRelay', of)).faultIds, ['flt_1', 'flt_2']);
  const replaced = await undelivered('removeFault', { sessionId, faultId: 'flt_1' });
  await value('updateRelay', { ...of, faults: [FAULT] });
  replaced();
  assert.deepEqual(await ids(), ['flt_3']);
  const ended = await undelivered('removeFault', { sessionId, faultId: 'flt_3' });
  await value('endRelay', of);
  ended();
  assert.deepEqual(await ids(), []);
  const { faultId } = await value('armFault', { sessionId, ...fail(1) });
  (await undelivered('resetSession', { sessionId }))();
  assert.deepEqual(await ids(), [faultId]);
});

test('rules that were removed give no room for others', async () => {
  const { value, call, sessionId, of, ids } = await relayed();
  for (const faultId of await ids()) await value('removeFault', { sessionId, faultId });
  for (let nth = 1; nth <= 999; nth++) await value('armFault', { sessionId, ...fail(nth) });
  const refused = await call('updateRelay', { ...of, faults: [FAULT, FAULT] });
  assert.equal('refusal' in refused.answer && refused.answer.refusal, 'quota');
  await value('updateRelay', { ...of, faults: [FAULT] });
  assert.equal((await ids()).length, 1000);
  await value('updateRelay', { ...of, faults: [FAULT] });
  assert.equal((await ids()).length, 1000);
});
