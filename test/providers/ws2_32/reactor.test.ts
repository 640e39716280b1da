import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Handle, Readiness } from '../../../src/providers/provider.js';
import {
  type Ending,
  type PollCallback,
  type PollEvents,
  Reactor,
} from '../../../src/providers/ws2_32/reactor.js';
import { value } from '../contract/case-sockets.js';

/** Two handles of one socket of the fake system below. */
const shared = {};
const S = { s: 4 as Handle, shared };
const SECOND = { s: 8 as Handle, shared };

const NONE = { readable: false, writable: false, disconnect: false };

/** A poll handle that the test fires, and that fails the test for misuse that would end the process. */
class FakePoll {
  readonly s: number;
  armed: PollEvents | undefined;
  closes = 0;
  isUnref = false;
  #callback: PollCallback | undefined;

  isRefused = false;

  constructor(s: number) {
    this.s = s;
  }

  start(want: PollEvents, callback: PollCallback): void {
    assert.equal(this.closes, 0, 'start after close');
    if (this.isRefused) throw new Error('ENOMEM');
    this.armed = want;
    this.#callback = callback;
  }

  stop(): void {
    assert.equal(this.closes, 0, 'stop after close');
    this.armed = undefined;
  }

  close(): void {
    this.closes++;
  }

  unref(): void {
    this.isUnref = true;
  }

  fire(events: Partial<PollEvents>, status = 0): void {
    this.#callback?.(status, { ...NONE, ...events });
  }
}

const setUp = (endOf: () => Ending | undefined = () => undefined, hasUrgent = () => false) => {
  const polls: FakePoll[] = [];
  const reactor = new Reactor(endOf, hasUrgent, (s, want, callback) => {
    for (const other of polls) assert.equal(other.closes, 1, 'a second poll handle of one socket');
    const poll = new FakePoll(s);
    poll.start(want, callback);
    polls.push(poll);
    return poll;
  });
  const seen: Readiness[] = [];
  const watch = (want: Readiness, polled = S) => value(reactor.watch(polled, want, (now) => seen.push(now)));
  const only = (): FakePoll => {
    const [poll, second] = polls;
    assert.ok(poll && !second, 'one poll handle for a socket');
    return poll;
  };
  /** The open poll handle. */
  const live = (): FakePoll => {
    const open = polls.filter(({ closes }) => closes === 0);
    const [poll] = open;
    assert.ok(poll && open.length === 1, 'one is open');
    return poll;
  };
  return { reactor, seen, watch, only, live };
};

describe('the reactor of Windows', () => {
  it('has one poll handle for a socket, with the union of the interests', () => {
    const { watch, only } = setUp();
    watch({ read: true });
    const writing = watch({ write: true });
    watch({ hangup: true });
    assert.deepEqual(only().armed, { readable: true, writable: true, disconnect: true });
    writing.stop();
    assert.deepEqual(only().armed, { readable: true, writable: false, disconnect: true });
    assert.ok(only().isUnref);
  });

  it('has one poll handle for all handles of a socket', () => {
    const { watch, only, seen } = setUp();
    watch({ read: true });
    watch({ write: true }, SECOND);
    assert.deepEqual(only().armed, { readable: true, writable: true, disconnect: false });
    only().fire({ readable: true, writable: true });
    assert.deepEqual(seen, [{ read: true }, { write: true }]);
  });

  it('polls through another handle when the polled one is closed', () => {
    const { reactor, watch, live, seen } = setUp();
    watch({ read: true }).stop();
    watch({ read: true }, SECOND);
    assert.equal(live().s, S.s);
    reactor.release(S);
    assert.equal(live().s, SECOND.s);
    live().fire({ readable: true });
    assert.deepEqual(seen, [{ read: true }]);
  });

  it('keeps its poll handle when another handle is closed', () => {
    const { reactor, watch, only, seen } = setUp();
    watch({ read: true });
    reactor.release(SECOND);
    only().fire({ readable: true });
    assert.deepEqual(seen, [{ read: true }]);
  });

  it('wakes watches on the other handle when the system refuses to poll through it', async () => {
    let isRefused = false;
    const poll = new FakePoll(S.s);
    const reactor = new Reactor(
      () => undefined,
      () => false,
      () => {
        if (isRefused) throw new Error('ENOMEM');
        return poll;
      },
    );
    value(reactor.watch(S, { read: true }, () => undefined)).stop();
    const seen: Readiness[] = [];
    value(reactor.watch(SECOND, { write: true }, (now) => seen.push(now)));
    isRefused = true;
    reactor.release(S);
    await new Promise(setImmediate);
    assert.deepEqual([poll.closes, seen], [1, [{ write: true }]]);
    reactor.release(SECOND);
  });

  it('stops without watches, and starts again with the same poll handle', () => {
    const { watch, only, seen } = setUp();
    watch({ read: true });
    only().fire({ readable: true });
    assert.equal(only().armed, undefined);
    watch({ read: true });
    only().fire({ readable: true });
    assert.deepEqual(seen, [{ read: true }, { read: true }]);
  });

  it('treats an error as readiness of every kind', () => {
    const { watch, only, seen } = setUp();
    watch({ read: true });
    watch({ write: true, hangup: true });
    only().fire({}, -4095);
    assert.deepEqual(seen, [{ read: true }, { write: true, hangup: true }]);
    assert.equal(only().armed, undefined);
  });

  it('wakes a write watch for a reset, which AFD reports only to reads', () => {
    let isReset = false;
    const { watch, only, seen } = setUp(() => (isReset ? 'lost' : undefined));
    watch({ write: true });
    assert.equal(only().armed?.readable, true);
    isReset = true;
    only().fire({ readable: true });
    assert.deepEqual(seen, [{ write: true }]);
  });

  it('pauses polling for bytes that no watch wants, and polls again later', async () => {
    let isReset = false;
    const { watch, only, seen } = setUp(() => (isReset ? 'lost' : undefined));
    watch({ write: true });
    only().fire({ readable: true });
    assert.deepEqual(only().armed, { readable: false, writable: true, disconnect: false });
    isReset = true;
    await delay(150);
    assert.equal(only().armed?.readable, true);
    only().fire({ readable: true });
    assert.deepEqual(seen, [{ write: true }]);
  });

  it('wakes a hangup watch for the end, even when the system never reports disconnect', () => {
    let ending: Ending | undefined;
    const { watch, only, seen } = setUp(() => ending);
    watch({ hangup: true });
    only().fire({ readable: true });
    assert.deepEqual(seen, [], 'bytes');
    ending = 'ended';
    watch({ read: true });
    only().fire({ readable: true });
    assert.deepEqual(seen, [{ hangup: true }, { read: true }]);
  });

  it('pauses polling for an end that no watch wants', () => {
    const { watch, only, seen } = setUp(() => 'ended');
    watch({ write: true });
    only().fire({ readable: true });
    assert.deepEqual(seen, []);
    assert.deepEqual(only().armed, { readable: false, writable: true, disconnect: false });
  });

  it('polls for urgent data only while it is watched', async () => {
    let asked = 0;
    let isThere = false;
    const { watch, seen } = setUp(
      () => undefined,
      () => {
        asked++;
        return isThere;
      },
    );
    watch({ read: true });
    watch({ urgent: true, hangup: true });
    while (asked === 0) await delay(1);
    assert.deepEqual(seen, []);
    isThere = true;
    while (seen.length === 0) await delay(1);
    assert.deepEqual(seen, [{ urgent: true }]);
    const before = asked;
    await delay(40);
    assert.equal(asked, before);
  });

  it('never uses a poll handle after close, and closes it once', () => {
    const { reactor, watch, only } = setUp();
    const watching = watch({ read: true });
    assert.throws(() => reactor.release(S), /while a watch on it is live/);
    watching.stop();
    reactor.release(S);
    reactor.release(S);
    watching.stop();
    only().fire({ readable: true }); // an event that was queued before
    reactor.dispose();
    assert.equal(only().closes, 1);
  });

  it('a wake can release the socket', () => {
    const { reactor, only } = setUp();
    reactor.watch(S, { read: true }, () => reactor.release(S));
    only().fire({ readable: true });
    assert.equal(only().closes, 1);
  });

  it('throws the exception of a wake from the event loop, and wakes the others', async () => {
    const { reactor, watch, only, seen } = setUp();
    const listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    const thrown = new Promise((resolve) => process.once('uncaughtException', resolve));
    reactor.watch(S, { read: true }, () => {
      throw new Error('a bug');
    });
    watch({ read: true });
    only().fire({ readable: true });
    assert.deepEqual(seen, [{ read: true }]);
    assert.match(String(await thrown), /a bug/);
    for (const listener of listeners) process.on('uncaughtException', listener);
  });

  it('returns WSAENOBUFS when the system polls no more, and wakes unpolled watches', async () => {
    const { reactor, watch, only, seen } = setUp();
    watch({ read: true });
    only().isRefused = true;
    const refused = reactor.watch(S, { write: true }, () => assert.fail('was refused'));
    assert.ok(!refused.ok && refused.code === 10055);
    await new Promise(setImmediate);
    assert.deepEqual(seen, [{ read: true }], 'nothing else would wake it');
  });

  it('returns WSAENOBUFS when no poll handle can be made', () => {
    const reactor = new Reactor(
      () => undefined,
      () => false,
      () => {
        throw new Error('ENOMEM');
      },
    );
    const refused = reactor.watch(S, { read: true }, () => assert.fail('was refused'));
    assert.ok(!refused.ok && refused.code === 10055);
    reactor.release(S);
  });

  it('dispose releases sockets that are still watched', () => {
    const { reactor, watch, only, seen } = setUp();
    watch({ read: true });
    reactor.dispose();
    only().fire({ readable: true });
    assert.deepEqual(seen, []);
    assert.equal(only().closes, 1);
  });
});
