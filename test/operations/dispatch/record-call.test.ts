import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labDaemon } from '../lab-daemon.js';

const LONG = 'x'.repeat(8 << 20);

test('parameters that did not pass their check are kept by no journal, event or count', async () => {
  const { daemon, call, value } = labDaemon({ limits: { bytesPerOwner: 1 << 30, bytesTotal: 1 << 30 } });
  const { sessionId } = await value('startup', {});
  const open = async () => (await value('socket', { sessionId, family: 'AF_INET' })).socketId;
  const [live, ended] = [await open(), await open()];
  await value('close', { socketId: ended });
  const before = daemon.sessions.retainedBytes('alice');
  const address = { family: 'AF_INET', address: LONG, port: 80, [LONG]: LONG };
  const refused = [
    await call('connect', { socketId: ended, address }),
    await call('connect', { socketId: live, address }),
    await call('connect', { socketId: LONG, address }),
    await call('send', { socketId: ended, data: { text: LONG }, flags: [LONG] }),
    await call('select', { sessionId, read: [LONG], [LONG]: 1 }),
    await call('startup', { sessionId, labNetwork: LONG }),
    await call('armFault', { sessionId, operation: LONG, effect: LONG }),
  ];
  for (const { answer, operation } of refused) assert.equal(answer.ok, false, operation.name);
  const { entries } = await value('getSessionJournal', { sessionId, limit: 1000 });
  assert.ok(Array.isArray(entries) && entries.length >= 5);
  const events = daemon.events.after('alice', 0, 1000).events;
  for (const kept of [entries, events])
    assert.ok(JSON.stringify(kept).length < 20_000, 'nothing long is kept');
  const grown = daemon.sessions.retainedBytes('alice') - before;
  assert.ok(grown < 2000 * refused.length, `${grown} bytes`);
});
