import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labDaemon } from '../lab-daemon.js';

const MIB = 1 << 20;

test('a full account drops the oldest journals: ended sessions, ended sockets, then live ones', async () => {
  const { daemon, account, call, value } = labDaemon({
    limits: {
      bytesPerOwner: 4 * MIB,
      bytesTotal: 4 * MIB,
      journalEntries: 100_000,
      endedSessionEntries: 100_000,
    },
  });
  const begin = async () => String((await value('startup', {})).sessionId);
  const record = async (sessionId: string, calls: number) => {
    for (let i = 0; i < calls; i++) {
      assert.ok((await call('renewSession', { sessionId })).answer.ok, 'no call fails for want of room');
      assert.ok(account.used <= 4 * MIB, String(account.used));
    }
  };
  const kept = async (sessionId: string) => {
    const { answer } = await call('getSessionJournal', { sessionId, limit: 1 });
    return answer.ok ? { ...answer.value } : undefined;
  };
  const ended = await begin();
  await record(ended, 2000);
  await value('endSession', { sessionId: ended });
  const live = await begin();
  const { socketId } = await value('socket', { sessionId: live, family: 'AF_INET' });
  await value('close', { socketId });
  await record(live, 2000);
  assert.ok(await kept(ended));
  await record(live, 9000);
  assert.equal(await kept(ended), undefined, 'the ended session is dropped first');
  assert.equal(Reflect.get((await kept(live)) ?? {}, 'forgottenSockets'), 1);
  assert.ok(Number(Reflect.get((await kept(live)) ?? {}, 'dropped')) > 0, 'what was dropped is counted');
  // The newest entries stay even if other bytes fill the account, and calls go on.
  account.count(8 * MIB);
  for (let i = 0; i < 100; i++) assert.ok((await call('renewSession', { sessionId: live })).answer.ok);
  assert.ok(daemon.sessions.retainedBytes('alice') > MIB / 4);
  assert.ok(daemon.sessions.retainedBytes('alice') <= MIB + 2000);
});

test('journals make room for the bytes that calls need, as far as that helps', async () => {
  const { daemon, account, call, value } = labDaemon({
    limits: { bytesPerOwner: 4 * MIB, bytesTotal: 8 * MIB, journalEntries: 100_000 },
  });
  const sessionId = String((await value('startup', {})).sessionId);
  for (let i = 0; account.used < 3.9 * MIB && i < 100_000; i++) await call('renewSession', { sessionId });
  assert.equal(account.isShort, false, 'there is still room');
  const past = daemon.sessions.retainedBytes('alice');
  assert.ok(account.reserve(4 * MIB), 'bytes that do not fit beside the newest megabyte are refused');
  assert.equal(daemon.sessions.retainedBytes('alice'), past, 'and nothing was dropped for them');
  assert.equal(account.reserve(2 * MIB), undefined);
  assert.ok(account.used <= 4 * MIB);
  assert.ok(daemon.sessions.retainedBytes('alice') >= MIB / 2);
});
