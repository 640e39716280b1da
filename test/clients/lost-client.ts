/** What holds of a client that is killed, or stopped, in every language. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Held, MOST_PINGS, PING_MS, passPings, untilGone, untilPending } from './held-session.js';

/**
 * The tests of a client with a WebSocket, which prints `received` for each byte of its server.
 *
 * @param hold starts the client; undefined if it cannot be started here, and the test is skipped
 */
export const lostClientTests = (hold: (t: TestContext) => Promise<Held | undefined>): void => {
  test('a program that is killed: its session ends at once, which resets', async (t) => {
    const held = await hold(t);
    if (held === undefined) return;
    held.program.signal('SIGKILL');
    assert.equal(await held.peerEnd, 'ECONNRESET');
    await untilGone(held);
  });

  test('a program that is stopped answers no ping: its session ends after the time of silence', async (t) => {
    const held = await hold(t);
    if (held === undefined) return;
    await held.program.pause();
    await passPings(held, MOST_PINGS);
    held.clock.advance(PING_MS);
    assert.equal(await held.peerEnd, 'ECONNRESET');
    await untilGone(held);
  });

  test('a program that is stopped for less than that goes on', async (t) => {
    const held = await hold(t);
    if (held === undefined) return;
    for (let times = 1; times <= 2; times++) {
      await held.program.pause();
      await passPings(held, MOST_PINGS);
      held.program.signal('SIGCONT');
      held.peer.write('x');
      await held.program.line(new RegExp(`(received\\s+){${times}}`));
      // Its next call comes behind its answers to the pings.
      await untilPending(held);
    }
  });
};
