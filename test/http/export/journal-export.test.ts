import assert from 'node:assert/strict';
import net from 'node:net';
import { mock, test } from 'node:test';
import { ALICE, startDaemon, startSession, until } from '../../scenarios/test-daemon.js';

/** Pages of the longest journal. */
const PAGES = 20;

test('an export whose client goes between two pages reads no more, and leaves nothing counted', async (t) => {
  const limits = { journalEntries: PAGES * 1000 };
  const r = await startDaemon(t, { config: { limits } });
  const { daemon } = r.app;
  const session = await startSession(r, 'lab');
  const [near] = await session.pair();
  const journal = daemon.sockets.find(near.id)?.journal ?? assert.fail('no socket');
  const [first] = journal.entries.from(() => true);
  assert.ok(first);
  const of = daemon.sessions.peek(session.id)?.journal ?? assert.fail('no session');
  for (let i = 0; i < limits.journalEntries; i++) {
    of.add({ ...first, keptIn: 0, sequence: of.nextSequence() }, journal);
  }
  const account = daemon.bytes.of('alice');
  const past = () => daemon.sessions.pastBytes('alice');
  assert.equal(account.used, past());
  const client = net.connect(r.port, '127.0.0.1').on('error', () => undefined);
  t.after(() => client.destroy());
  const count = mock.method(account, 'count');
  client.write(
    `GET /v1/sockets/${near.id}/journal.py HTTP/1.1\r\nHost: 127.0.0.1:${r.port}\r\nAuthorization: Bearer ${ALICE}\r\n\r\n`,
  );
  await until(() => count.mock.callCount() >= 1000, 'the first page is read');
  client.resetAndDestroy();
  await until(() => account.used === past(), 'what was counted is released');
  const read = count.mock.callCount();
  assert.ok(read < (PAGES / 2) * 1000, `${read} entries were read`);
  for (let turn = 0; turn < 5; turn++) await r.bob.ok.get('/v1/sessions');
  assert.equal(count.mock.callCount(), read, 'nor is any read later');
  assert.equal(account.used, past());
});
