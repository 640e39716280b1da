import assert from 'node:assert/strict';
import net from 'node:net';
import { mock, test } from 'node:test';
import { ALICE, startDaemon, startSession, type TestDaemon, until } from '../../scenarios/test-daemon.js';

/** Pages of the longest journal. */
const PAGES = 20;

/** A socket whose journal has so many entries. */
const withEntries = async (r: Pick<TestDaemon, 'api' | 'app'>, entries: number): Promise<string> => {
  const { sessions, sockets } = r.app.daemon;
  const session = await startSession(r, 'lab');
  const [near] = await session.pair();
  const journal = sockets.find(near.id)?.journal ?? assert.fail('no socket');
  const [first] = journal.entries.from(() => true);
  assert.ok(first);
  const of = sessions.findOfAnyOwner(session.id)?.journal ?? assert.fail('no session');
  for (let i = 0; i < entries; i++) {
    of.add({ ...first, keptIn: 0, sequence: of.nextSequence() }, journal);
  }
  return near.id;
};

test('an export whose client goes between two pages reads no more, and leaves nothing counted', async (t) => {
  const limits = { journalEntries: PAGES * 1000 };
  const r = await startDaemon(t, { config: { limits } });
  const { daemon } = r.app;
  const socketId = await withEntries(r, limits.journalEntries);
  const account = daemon.bytes.of('alice');
  const past = () => daemon.sessions.retainedBytes('alice');
  assert.equal(account.used, past());
  const client = net.connect(r.port, '127.0.0.1').on('error', () => undefined);
  t.after(() => client.destroy());
  const count = mock.method(account, 'count');
  client.write(
    `GET /v1/sockets/${socketId}/journal.py HTTP/1.1\r\nHost: 127.0.0.1:${r.port}\r\nAuthorization: Bearer ${ALICE}\r\n\r\n`,
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

test('fifty exports of one owner do not hold up that of another', async (t) => {
  const limits = { journalEntries: PAGES * 64 };
  const r = await startDaemon(t, { config: { limits } });
  const bobs = { app: r.app, api: r.bob };
  const paths = {
    alice: `/v1/sockets/${await withEntries(r, limits.journalEntries)}/journal.ndjson`,
    bob: `/v1/sockets/${await withEntries(bobs, limits.journalEntries)}/journal.ndjson`,
  };
  const count = mock.method(r.app.daemon.bytes.of('alice'), 'count');
  let done = 0;
  const all = Array.from({ length: 50 }, async () => {
    await r.api.ok.get(paths.alice);
    done++;
  });
  await until(() => count.mock.callCount() > 0, 'the first page is read');
  await r.bob.ok.get(paths.bob);
  assert.equal(done, 0);
  await Promise.all(all);
});
