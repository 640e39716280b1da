/** Answers that are collected into one: they count as delivered, until the whole turns out to be lost. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Delivery } from '../../../src/operations/dispatch/reply.js';
import { labDaemon } from '../lab-daemon.js';

const address = { family: 'AF_INET', address: '127.0.0.1', port: 80 };

/** A connection of the lab: a session, the listener, the connected socket and the accepted one. */
const connected = async (made: ReturnType<typeof labDaemon>) => {
  const { sessionId } = await made.value('startup', {});
  const { socketId: listener } = await made.value('socket', { sessionId, family: 'AF_INET' });
  const { socketId: client } = await made.value('socket', { sessionId, family: 'AF_INET' });
  await made.value('bind', { socketId: listener, address });
  await made.value('listen', { socketId: listener });
  await made.value('connect', { socketId: client, address });
  return { sessionId, listener, client };
};

const undeliveredIn = async (made: ReturnType<typeof labDaemon>, sessionId: unknown) => {
  const { entries } = await made.value('getSessionJournal', { sessionId, limit: 100 });
  assert.ok(Array.isArray(entries));
  return entries.filter((one) => one.undelivered).map((one) => one.operation);
};

for (const delivered of [true, false]) {
  const whole = delivered ? 'delivered' : 'lost';
  const outcome = delivered ? 'stays' : 'ends';

  test(`the whole is ${whole}: a session ${outcome}`, async () => {
    const made = labDaemon();
    const { answer, settle } = await made.reply('startup', {});
    settle('collected');
    assert.equal(made.daemon.sessions.size, 1);
    settle(delivered);
    settle(!delivered);
    assert.equal(made.daemon.sessions.size, delivered ? 1 : 0);
    assert.ok(answer.ok);
  });

  test(`the whole is ${whole}: a socket, an accepted one and a fault, each ${outcome}`, async () => {
    const made = labDaemon();
    const { sessionId, listener } = await connected(made);
    const before = made.daemon.sockets.size;
    const replies = [
      await made.reply('socket', { sessionId, family: 'AF_INET' }),
      await made.reply('accept', { socketId: listener }),
      await made.reply('armFault', { sessionId, effect: 'delay', delayMs: 1, nth: 9 }),
    ];
    for (const { settle } of replies) settle('collected');
    assert.equal(made.daemon.sockets.size, before + 2);
    for (const { settle } of replies) settle(delivered);
    assert.equal(made.daemon.sockets.size, delivered ? before + 2 : before);
    const { faults } = await made.value('listFaults', { sessionId });
    assert.ok(Array.isArray(faults));
    assert.equal(faults.length, delivered ? 1 : 0);
    assert.deepEqual(await undeliveredIn(made, sessionId), delivered ? [] : ['socket', 'accept', 'armFault']);
  });
}

test('received bytes: the next receive follows when they are collected; they never go back', async () => {
  const made = labDaemon();
  const { sessionId, listener, client } = await connected(made);
  const { socketId } = await made.value('accept', { socketId: listener });
  await made.value('send', { socketId: client, data: { text: 'abc' } });
  const texts: unknown[] = [];
  const settles: ((delivered: Delivery) => void)[] = [];
  for (let i = 0; i < 2; i++) {
    const { answer, settle } = await made.reply('recv', { socketId, maxBytes: 1, as: 'text' });
    assert.ok(answer.ok);
    texts.push(Reflect.get(answer.value, 'data'));
    settle('collected');
    settles.push(settle);
  }
  for (const settle of settles.reverse()) settle(false);
  const last = await made.value('recv', { socketId, as: 'text' });
  assert.deepEqual(
    [...texts, last.data].map((data) => Reflect.get(Object(data), 'text')),
    ['a', 'b', 'c'],
  );
  assert.deepEqual(await undeliveredIn(made, sessionId), ['recv', 'recv']);
});

test('what a caller has ended since is left alone', async () => {
  const made = labDaemon();
  const { sessionId } = await made.value('startup', {});
  const opened = await made.reply('socket', { sessionId, family: 'AF_INET' });
  const begun = await made.reply('startup', {});
  opened.settle('collected');
  begun.settle('collected');
  assert.ok(opened.answer.ok && begun.answer.ok);
  await made.value('close', { socketId: Reflect.get(opened.answer.value, 'socketId') });
  await made.value('endSession', { sessionId: Reflect.get(begun.answer.value, 'sessionId') });
  opened.settle(false);
  begun.settle(false);
  assert.equal(made.daemon.sockets.size, 0);
  assert.equal(made.daemon.sessions.size, 1);
});
