/** Calls that must not begin before an instant, of the wall clock or of the daemon's own. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Answer, Body } from '../../http/client.js';
import { PROVIDERS, startDaemon, startSession, until } from '../test-daemon.js';

const ROUNDS = 3;
/** Longer than a request is on its way, also on a busy machine: else it has nothing to wait for. */
const AHEAD_MS = 300;

/** How late a call began, by its Server-Timing. */
const lateness = ({ headers }: Answer): number => {
  const [, late] = /, late;dur=([\d.]+)$/.exec(String(headers['server-timing'])) ?? [];
  assert.ok(late !== undefined, String(headers['server-timing']));
  return Number(late);
};

const notBefore = (instant: string) => ({ headers: { 'winsockd-not-before': instant } });

for (const provider of PROVIDERS) {
  describe(`not before an instant, on ${provider}`, () => {
    test('calls of two daemons begin at one instant, and none is early', async (t) => {
      const daemons = await Promise.all([startDaemon(t), startDaemon(t)]);
      const sessions = await Promise.all(daemons.map((daemon) => startSession(daemon, provider)));
      for (let round = 0; round < ROUNDS; round++) {
        const instant = Date.now() + AHEAD_MS;
        const socket = { provider, family: 'AF_INET' };
        const answers = await Promise.all(
          sessions.map((session) =>
            session.answer('sockets', socket, notBefore(new Date(instant).toISOString())),
          ),
        );
        for (const answer of answers) {
          assert.equal(answer.status, 201);
          assert.ok(lateness(answer) >= 0);
        }
        for (const [at, { api }] of daemons.entries()) {
          const { entries } = await api.ok.get(`${sessions[at]?.path}/journal?limit=100`);
          const made = entries.findLast((one: Body) => one.operation === 'socket');
          const early = instant - Date.parse(made.time);
          assert.ok(early <= 0, `${early} ms early`);
          assert.ok(made.waitUs > 0);
        }
      }
    });

    test('a held accept is a waiting call: the close of its socket ends it', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const { clock } = await daemon.api.ok.get('/v1');
      assert.ok(Math.abs(Date.parse(clock.wall) - Date.now()) < 10_000);
      const held = listener.problem('accept', {}, notBefore(`monotonic=${clock.monotonicMs + 20_000}`));
      await listener.untilBusy();
      const { pendingCalls } = await daemon.api.ok.get(session.path);
      assert.equal(pendingCalls, 1);
      await listener.ok('close');
      assert.equal((await held).name, 'WSAEINTR');
    });

    test('the end of its client ends it, and nothing is called', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const { clock } = await daemon.api.ok.get('/v1');
      const leaving = new AbortController();
      const { signal } = leaving;
      const held = listener.ok(
        'accept',
        {},
        { ...notBefore(`monotonic=${clock.monotonicMs + 20_000}`), signal },
      );
      await listener.untilBusy();
      leaving.abort();
      await assert.rejects(held);
      await listener.untilIdle();
      assert.equal(daemon.app.daemon.waiting.of('alice'), 0);
    });

    test('a batch begins at its instant, and its timeoutMs counts from then', async (t) => {
      const daemon = await startDaemon(t);
      const session = await startSession(daemon, provider);
      const listener = await session.listener();
      const { clock } = await daemon.api.ok.get('/v1');
      const instant = clock.monotonicMs + AHEAD_MS;
      const began = performance.now();
      const answer = await daemon.api.post('/v1/batch', {
        steps: [
          { operation: 'getSocket', params: { socketId: listener.id } },
          { operation: 'accept', params: { socketId: listener.id } },
        ],
        notBefore: `monotonic=${instant}`,
        timeoutMs: AHEAD_MS,
      });
      const { body } = answer;
      assert.deepEqual(
        [body.outcome, body.steps[0].outcome, body.steps[1].outcome],
        ['cancelled', 'ok', 'cancelled'],
      );
      assert.ok(lateness(answer) >= 0);
      assert.ok(performance.now() - began >= AHEAD_MS);
      assert.ok(daemon.app.daemon.clock.now() >= instant + AHEAD_MS - 1);
      await until(() => daemon.app.daemon.waiting.of('alice') === 0, 'no call waits');
    });
  });
}
