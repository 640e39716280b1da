import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Ids } from '../../../src/daemon/ids/ids.js';
import { lingeringClose } from '../../../src/daemon/sockets/lingering-close.js';
import { Socket, type SocketParts } from '../../../src/daemon/sockets/socket.js';
import { UnderlyingSocket } from '../../../src/daemon/sockets/underlying-socket.js';
import type { Clock } from '../../../src/daemon/waiting/clock.js';
import { LAB_ENTRIES } from '../../../src/providers/lab/catalog.js';
import type { Handle, Provider, Received } from '../../../src/providers/provider.js';
import { done, fail, type Outcome, ok } from '../../../src/winsock/outcome.js';
import { answer } from '../../providers/contract/case-sockets.js';
import { unlimitedAccount } from '../memory/unlimited-account.js';
import { FAKE_SESSION } from '../sessions/fake-session.js';
import { ManualClock } from '../waiting/manual-clock.js';

const HANDLE = 7 as Handle; // a brand for the fake provider below

const NOTHING_WAITS = fail('WSAEWOULDBLOCK', 'recv');
const A_BYTE = ok<Received>({ bytes: 1, eof: false, truncated: false });
const THE_END = ok<Received>({ bytes: 0, eof: true, truncated: false });

/** A system whose send queue and unread bytes the test sets. */
class FakeSystem {
  unsent: Outcome<number | undefined> = ok(undefined);
  waiting: Outcome<Received> = NOTHING_WAITS;
  watches = true;
  readonly calls: string[] = [];
  hangUp: (() => void) | undefined;

  get provider(): Provider {
    const system: Partial<Provider> = {
      shutdown: (_, how) => this.#called(how),
      close: () => this.#called('close'),
      abort: () => this.#called('abort'),
      unsent: () => this.unsent,
      available: () => ok(this.waiting === A_BYTE ? 1 : 0),
      recv: () => this.waiting,
      watch: (_s, _want, wake) => {
        if (!this.watches) return fail('WSAENOBUFS', 'watch');
        this.hangUp = () => wake({ hangup: true });
        return ok({
          stop: () => {
            this.hangUp = undefined;
          },
        });
      },
    };
    return system as Provider; // a close uses only these calls
  }

  #called(name: string): Outcome<void> {
    this.calls.push(name);
    return done;
  }
}

const lingering = (system: FakeSystem, clock: Clock, seconds = 4): string[] => {
  const [entry] = LAB_ENTRIES;
  assert.ok(entry);
  const { provider } = system;
  const underlying = new UnderlyingSocket(true, 'connected', unlimitedAccount());
  const parts: Partial<SocketParts> = { session: FAKE_SESSION, provider, handle: HANDLE, entry, underlying };
  // A close uses only these parts.
  const socket = new Socket(new Ids(0).socket(), 1, new Date(0), parts as SocketParts);
  lingeringClose(socket, seconds, clock, (outcome) => {
    system.calls.push(answer(outcome));
  });
  return system.calls;
};

describe('a lingering close whose system cannot report the send queue', () => {
  it('resets the peer when the time runs out', () => {
    const [system, clock] = [new FakeSystem(), new ManualClock()];
    const calls = lingering(system, clock);
    clock.advance(3_990);
    assert.deepEqual(calls, ['SD_SEND']);
    clock.advance(10);
    assert.deepEqual(calls, ['SD_SEND', 'abort', 'ok']);
    assert.equal(system.hangUp, undefined);
    assert.equal(clock.pending, 0);
  });

  it('does not end when the peer sends', () => {
    const [system, clock] = [new FakeSystem(), new ManualClock()];
    const calls = lingering(system, clock);
    system.waiting = A_BYTE;
    clock.advance(3_990);
    assert.deepEqual(calls, ['SD_SEND']);
  });

  it("ends with the peer's end, even behind unread bytes", () => {
    const [system, clock] = [new FakeSystem(), new ManualClock()];
    const calls = lingering(system, clock);
    system.waiting = A_BYTE;
    system.hangUp?.();
    assert.deepEqual(calls, ['SD_SEND', 'close', 'ok']);
    assert.equal(clock.pending, 0);
  });

  for (const [what, waiting] of [
    ['the end', THE_END],
    ['a reset', fail('WSAECONNRESET', 'recv')],
  ] as const) {
    it(`finds ${what} although the system refuses to watch`, () => {
      const [system, clock] = [new FakeSystem(), new ManualClock()];
      system.watches = false;
      const calls = lingering(system, clock);
      clock.advance(500);
      assert.deepEqual(calls, ['SD_SEND']);
      system.waiting = waiting;
      clock.advance(250);
      assert.deepEqual(calls, ['SD_SEND', 'close', 'ok']);
    });
  }
});

describe('a lingering close whose system reports the send queue', () => {
  it('ends when the queue is empty, and not with the end of the peer', () => {
    const [system, clock] = [new FakeSystem(), new ManualClock()];
    system.unsent = ok(10);
    const calls = lingering(system, clock);
    system.waiting = THE_END;
    system.hangUp?.();
    clock.advance(1_000);
    assert.deepEqual(calls, ['SD_SEND']);
    system.unsent = ok(0);
    clock.advance(250);
    assert.deepEqual(calls, ['SD_SEND', 'close', 'ok']);
  });

  it('resets the peer when the time runs out, watched or not', () => {
    const [system, clock] = [new FakeSystem(), new ManualClock()];
    system.unsent = ok(10);
    system.watches = false;
    const calls = lingering(system, clock);
    clock.advance(4_000);
    assert.deepEqual(calls, ['SD_SEND', 'abort', 'ok']);
  });
});
