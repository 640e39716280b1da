import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Ids } from '../../src/daemon/ids/ids.js';
import { ByteAccounts } from '../../src/daemon/memory/byte-account.js';
import type { Session } from '../../src/daemon/sessions/session.js';
import { SocketTable } from '../../src/daemon/socket-table.js';
import { Turns } from '../../src/daemon/waiting/turns.js';
import { Lab, value } from '../providers/lab/support.js';
import { testCall } from './calls/test-call.js';
import { fakeSession } from './sessions/fake-session.js';
import { ManualClock } from './waiting/manual-clock.js';

const setup = (t: TestContext) => {
  const lab = new Lab(t);
  const clock = new ManualClock();
  const bytes = new ByteAccounts({ bytesPerOwner: 1 << 20, bytesTotal: 1 << 20 });
  const table = new SocketTable({
    clock,
    ids: new Ids(0),
    turns: new Turns(clock),
    bytes,
    socketsPerOwner: 3,
    tombstones: 10,
  });
  const choice = { provider: lab.provider, entry: lab.entry('lab tp4'), protocol: 0 };
  const open = (session: Session) => value(table.open(session, choice));
  return { table, open };
};

test('the table lists the sockets of one session in the order of their opening', (t) => {
  const { table, open } = setup(t);
  const [one, other] = [fakeSession(), fakeSession()];
  const [first, second] = [open(one), open(one)];
  const third = value(table.duplicate(first, other));
  assert.deepEqual(table.of(one), [first, second]);
  assert.deepEqual(table.of(other), [third]);
  assert.equal(table.size, 3);
  assert.equal(table.find(third.id), third);
});

test('a closing socket is not listed, but counts for the quota until its handle is closed', async (t) => {
  const { table, open } = setup(t);
  const session = fakeSession();
  const [first, second, third] = [open(session), open(session), open(session)];
  const call = testCall();
  second.calls.enter(call, 'recv');
  const ending = table.end(second, 'closed');
  assert.equal(call.ended, 'close');
  assert.deepEqual(table.of(session), [first, third]);
  assert.equal(table.find(second.id), undefined);
  assert.equal(table.findClosing(second.id), second);
  assert.deepEqual(table.closings(), [ending]);
  assert.equal(table.end(second, 'cleanup'), ending, 'a socket ends once');
  assert.ok(table.overQuota('alice'));
  second.calls.leave(call);
  value(await ending.whenSettled());
  assert.equal(table.findClosing(second.id), undefined);
  assert.equal(table.overQuota('alice'), undefined);
  assert.equal(table.tombstone('alice', second.id)?.reason, 'closed');
});

test('the table keeps nothing of a session whose sockets are closed, and its quota is free again', (t) => {
  const { table, open } = setup(t);
  for (let round = 0; round < 3; round++) {
    const session = fakeSession();
    const sockets = [open(session), open(session), open(session)];
    assert.ok(table.overQuota('alice'));
    assert.equal(table.overQuota('bob'), undefined, 'the quota is for each owner');
    for (const socket of sockets) {
      value(table.end(socket, 'session-ended').result ?? assert.fail('the end is not settled'));
    }
    assert.deepEqual([table.of(session), table.size, table.closings()], [[], 0, []]);
  }
});
