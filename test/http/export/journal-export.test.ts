import assert from 'node:assert/strict';
import net from 'node:net';
import { mock, test } from 'node:test';
import { ALICE, startDaemon, startSession, type TestDaemon, until } from '../../scenarios/test-daemon.js';

/** The number of pages of the longest journal. */
const PAGES = 20;

/** Opens a socket, and fills its journal with a number of entries; gives its id. */
const socketWithEntries = async (
  daemon: Pick<TestDaemon, 'api' | 'app'>,
  entries: number,
): Promise<string> => {
  const { sessions, sockets } = daemon.app.daemon;
  const session = await startSession(daemon, 'lab');
  const [near] = await session.pair();
  const journal = sockets.find(near.id)?.journal ?? assert.fail('no socket');
  const [first] = journal.entries.from(() => true);
  assert.ok(first);
  const sessionJournal = sessions.findOfAnyOwner(session.id)?.journal ?? assert.fail('no session');
  for (let i = 0; i < entries; i++) {
    sessionJournal.add({ ...first, keptIn: 0, sequence: sessionJournal.nextSequence() }, journal);
  }
  return near.id;
};

test('an export whose client disconnects between two pages reads no more, and counts no bytes', async (t) => {
  const limits = { journalEntries: PAGES * 1000 };
  const daemon = await startDaemon(t, { config: { limits } });
  const { bytes, sessions } = daemon.app.daemon;
  const socketId = await socketWithEntries(daemon, limits.journalEntries);
  const account = bytes.of('alice');
  const journalBytes = () => sessions.retainedBytes('alice');
  assert.equal(account.used, journalBytes());
  const client = net.connect(daemon.port, '127.0.0.1').on('error', () => undefined);
  t.after(() => client.destroy());
  const count = mock.method(account, 'count');
  client.write(
    `GET /v1/sockets/${socketId}/journal.py HTTP/1.1\r\nHost: 127.0.0.1:${daemon.port}\r\n` +
      `Authorization: Bearer ${ALICE}\r\n\r\n`,
  );
  await until(() => count.mock.callCount() >= 1000, 'the first page is read');
  client.resetAndDestroy();
  await until(() => account.used === journalBytes(), 'the counted bytes are released');
  const read = count.mock.callCount();
  assert.ok(read < (PAGES / 2) * 1000, `${read} entries were read`);
  for (let requests = 0; requests < 5; requests++) await daemon.bob.ok.get('/v1/sessions');
  assert.equal(count.mock.callCount(), read, 'no entry is read later');
  assert.equal(account.used, journalBytes());
});

test('fifty exports of one owner do not delay an export of another owner', async (t) => {
  const limits = { journalEntries: PAGES * 64 };
  const daemon = await startDaemon(t, { config: { limits } });
  const bobs = { app: daemon.app, api: daemon.bob };
  const paths = {
    alice: `/v1/sockets/${await socketWithEntries(daemon, limits.journalEntries)}/journal.ndjson`,
    bob: `/v1/sockets/${await socketWithEntries(bobs, limits.journalEntries)}/journal.ndjson`,
  };
  const count = mock.method(daemon.app.daemon.bytes.of('alice'), 'count');
  let done = 0;
  const all = Array.from({ length: 50 }, async () => {
    await daemon.api.ok.get(paths.alice);
    done++;
  });
  await until(() => count.mock.callCount() > 0, 'the first page is read');
  await daemon.bob.ok.get(paths.bob);
  assert.equal(done, 0);
  await Promise.all(all);
});
