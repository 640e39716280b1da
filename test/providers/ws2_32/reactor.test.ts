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
import { value } from '../contract/rig.js';

/** Handles of the fake system below: two of one socket, each with the brand. */
const shared = {};
const S = { s: 4 as Handle, shared };
const SECOND = { s: 8 as Handle, shared };

const NONE = { readable: false, writable: false, disconnect: false };

/** A poll handle that fires when told, and fails the test for what would end a process. */
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
  /** The one that is open. */
  const live = (): FakePoll => {
    const open = polls.filter(({ closes }) => closes === 0);
    const [poll] = open;
    assert.ok(poll && open.length === 1, 'one is open');
    return poll;
  };
  return { reactor, seen, watch, only, live };
};

describe('the reactor of Windows', () => {
  it('polls once for a socket, for the union of what is waited for', () => {
    const { watch, only } = setUp();
    watch({ read: true });
    const writing = watch({ write: true });
    watch({ hangup: true });
    assert.deepEqual(only().armed, { readable: true, writable: true, disconnect: true });
    writing.stop();
    assert.deepEqual(only().armed, { readable: true, writable: false, disconnect: true });
    assert.ok(only().isUnref);
  });

  it('polls once for all handles of a socket', () => {
    const { watch, only, seen } = setUp();
    watch({ read: true });
    watch({ write: true }, SECOND);
    assert.deepEqual(only().armed, { readable: true, writable: true, disconnect: false });
    only().fire({ readable: true, writable: true });
    assert.deepEqual(seen, [{ read: true }, { write: true }]);
  });

  it('goes on through another handle when the one it polls through is closed', () => {
    const { reactor, watch, live, seen } = setUp();
    watch({ read: true }).stop();
    watch({ read: true }, SECOND);
    assert.equal(live().s, S.s);
    reactor.release(S);
    assert.equal(live().s, SECOND.s);
    live().fire({ readable: true });
    assert.deepEqual(seen, [{ read: true }]);
  });

  it('leaves its poll handle where it is when another handle is closed', () => {
    const { reactor, watch, only, seen } = setUp();
    watch({ read: true });
    reactor.release(SECOND);
    only().fire({ readable: true });
    assert.deepEqual(seen, [{ read: true }]);
  });

  it('wakes those of the other handle where the system does not poll through it', async () => {
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

  it('stops when nobody waits, and goes on with the same poll handle', () => {
    const { watch, only, seen } = setUp();
    watch({ read: true });
    only().fire({ readable: true });
    assert.equal(only().armed, undefined);
    watch({ read: true });
    only().fire({ readable: true });
    assert.deepEqual(seen, [{ read: true }, { read: true }]);
  });

  it('takes an error for readiness of every kind', () => {
    const { watch, only, seen } = setUp();
    watch({ read: true });
    watch({ write: true, hangup: true });
    only().fire({}, -4095);
    assert.deepEqual(seen, [{ read: true }, { write: true, hangup: true }]);
    assert.equal(only().armed, undefined);
  });

  it('tells one who waits to write of a reset, which AFD reports to readers only', () => {
    let isReset = false;
    const { watch, only, seen } = setUp(() => (isReset ? 'lost' : undefined));
    watch({ write: true });
    assert.equal(only().armed?.readable, true);
    isReset = true;
    only().fire({ readable: true });
    assert.deepEqual(seen, [{ write: true }]);
  });

  it('does not spin over bytes that nobody reads, and looks again after a while', async () => {
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

  it('tells one who waits for a hangup of the end, also where the system never says disconnect', () => {
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

  it('does not spin over an end that nobody waits for', () => {
    const { watch, only, seen } = setUp(() => 'ended');
    watch({ write: true });
    only().fire({ readable: true });
    assert.deepEqual(seen, []);
    assert.deepEqual(only().armed, { readable: false, writable: true, disconnect: false });
  });

  it('asks for urgent data while somebody waits for it, and no longer', async () => {
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

  it('keeps two rules that would end the process: nothing after close, and close once', () => {
    const { reactor, watch, only } = setUp();
    const watching = watch({ read: true });
    assert.throws(() => reactor.release(S), /while a watch on it is live/);
    watching.stop();
    reactor.release(S);
    reactor.release(S);
    watching.stop();
    only().fire({ readable: true }); // one that was on its way
    reactor.dispose();
    assert.equal(only().closes, 1);
  });

  it('lets a wake release the socket', () => {
    const { reactor, only } = setUp();
    reactor.watch(S, { read: true }, () => reactor.release(S));
    only().fire({ readable: true });
    assert.equal(only().closes, 1);
  });

  it('throws again, from the event loop, what a wake throws, and wakes the others', async () => {
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

  it('is WSAENOBUFS where the system polls no more, and wakes those it has stopped polling for', async () => {
    const { reactor, watch, only, seen } = setUp();
    watch({ read: true });
    only().isRefused = true;
    const refused = reactor.watch(S, { write: true }, () => assert.fail('was refused'));
    assert.ok(!refused.ok && refused.code === 10055);
    await new Promise(setImmediate);
    assert.deepEqual(seen, [{ read: true }], 'nothing else would wake it');
  });

  it('is WSAENOBUFS where not even one poll handle is to be had', () => {
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

  it('dispose lets go of sockets that are still watched', () => {
    const { reactor, watch, only, seen } = setUp();
    watch({ read: true });
    reactor.dispose();
    only().fire({ readable: true });
    assert.deepEqual(seen, []);
    assert.equal(only().closes, 1);
  });
});
