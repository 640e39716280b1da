/** How the page reads a rig: every call once, whatever happens meanwhile and whatever is refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LookProblem, ownProblem } from '../../src/console/model/look-problem.js';
import { Rig } from '../../src/console/model/rig.js';
import { Snapshot } from '../../src/console/model/snapshot.js';
import type { Entry } from '../../src/console/model/types.js';
import { SESSION } from './known-session.js';

const entryOf = (sequence: number): Entry => ({
  sequence,
  at: sequence,
  time: '2026-01-01T00:00:30.000Z',
  operation: 'getLastError',
  requestId: 'req-1',
  outcome: 'ok',
  nativeUs: 1,
  waitUs: 0,
});

/** A daemon with one session, whose journal has so many calls. `on` may act on a path before it answers. */
const daemonWith = (calls: number, on: (path: string) => void = () => {}) => {
  const asked: string[] = [];
  return {
    asked,
    async look(path: string): Promise<unknown> {
      asked.push(path);
      on(path);
      if (path.startsWith('/v1/sessions?')) return { sessions: [SESSION] };
      if (path.includes('/sockets')) return { sockets: [] };
      if (!path.includes('/journal')) return SESSION;
      const after = Number(new URL(path, 'http://localhost').searchParams.get('after'));
      const entries = Array.from({ length: Math.min(1000, calls - after) }, (_, i) => entryOf(after + i + 1));
      return { beganAt: 0, entries, nextAfter: after + entries.length };
    },
  };
};

const snapshotOf = (rig: Rig, look: (path: string) => Promise<unknown>) => {
  let unanswered = 0;
  const parts = { look, onChange: () => {}, onUnanswered: () => void unanswered++ };
  return { snapshot: new Snapshot(rig, parts), unanswered: () => unanswered };
};

const sequences = (rig: Rig): number[] => rig.calls.map(({ entry }) => entry.sequence);

test('a journal of several pages is read whole, with the calls that end meanwhile behind it', async () => {
  const rig = new Rig();
  const daemon = daemonWith(2500, (path) => {
    if (path.includes('after=1000')) rig.apply('operation', { sessionId: 'ses_1', ...entryOf(2501) });
  });
  await snapshotOf(rig, daemon.look).snapshot.lookAtAll();
  assert.deepEqual(
    sequences(rig),
    Array.from({ length: 2501 }, (_, i) => i + 1),
  );
});

test('to read everything again reads known sessions too, from where the page was', async () => {
  const rig = new Rig();
  const daemon = daemonWith(3);
  const { snapshot } = snapshotOf(rig, daemon.look);
  await snapshot.lookAtAll();
  daemon.asked.length = 0;
  await snapshot.lookAtAll();
  assert.ok(daemon.asked.includes('/v1/sessions/ses_1/journal?after=3&limit=1000'), daemon.asked.join());
  assert.deepEqual(sequences(rig), [1, 2, 3]);
});

test('a look that is refused for now is made again; another refusal is not', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  for (const retryable of [true, false]) {
    let refusals = 1;
    const rig = new Rig();
    const daemon = daemonWith(2, (path) => {
      if (!path.includes('/journal') || refusals-- <= 0) return;
      throw new LookProblem({ ...ownProblem('Too many', 'Later.', 429), retryable });
    });
    const { snapshot } = snapshotOf(rig, daemon.look);
    await snapshot.lookAtAll();
    assert.deepEqual(sequences(rig), []);
    assert.equal(rig.hasToLookAt, retryable);
    snapshot.stop();
  }
});

test('a socket that is gone is closed; a daemon that does not answer is told of', async () => {
  const rig = new Rig();
  rig.seeSession(SESSION);
  const look = async (path: string): Promise<unknown> => {
    if (path.includes('/sockets/sck_1')) throw new LookProblem(ownProblem('Gone', 'It was closed.', 410));
    throw new TypeError('Failed to fetch');
  };
  const { snapshot, unanswered } = snapshotOf(rig, look);
  rig.lookAtSocketAgain('sck_1');
  await snapshot.lookAtAll();
  assert.ok(unanswered() > 0);
});
