/** Watches and closes in every order, on the handles of two sockets of a fake system. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import type { Handle, Watch } from '../../../src/providers/provider.js';
import {
  type PollCallback,
  type PollEvents,
  type Polled,
  Reactor,
} from '../../../src/providers/ws2_32/reactor.js';
import { value } from '../contract/case-sockets.js';

const SOCKETS = 2;
const HANDLES = 3;

type Step =
  | { readonly do: 'watch'; readonly handle: number; readonly want: 'read' | 'write' | 'hangup' }
  | { readonly do: 'stop' | 'close'; readonly handle: number }
  | { readonly do: 'fire'; readonly socket: number; readonly closing: boolean };

/** A wait of a handle, until it has stopped or woken. */
interface Wait {
  readonly watch: Watch;
  readonly want: 'read' | 'write' | 'hangup';
}

/** Three handles of each of two sockets, and the watches on each. */
class Model {
  readonly #handles: readonly Polled[];
  readonly #open: Set<Polled>;
  readonly #waits = new Map<Polled, Set<Wait>>();
  readonly #reactor: Reactor;
  /** The open poll handles by socket. */
  readonly #polls = new Map<
    object,
    { readonly s: number; armed: PollEvents | undefined; fire: PollCallback }
  >();
  readonly #sockets: readonly object[];

  constructor() {
    this.#sockets = Array.from({ length: SOCKETS }, () => ({}));
    this.#handles = this.#sockets.flatMap((shared, socket) =>
      Array.from({ length: HANDLES }, (_, i) => ({ s: (4 * (socket * HANDLES + i + 1)) as Handle, shared })),
    );
    this.#open = new Set(this.#handles);
    for (const handle of this.#handles) this.#waits.set(handle, new Set());
    this.#reactor = new Reactor(
      () => undefined,
      () => false,
      (s, want, callback) => this.#startPoll(s, want, callback),
    );
  }

  #startPoll(s: number, want: PollEvents, callback: PollCallback) {
    const through = this.#handles.find((handle) => handle.s === s);
    assert.ok(through && this.#open.has(through), 'polls through an open handle');
    const { shared } = through;
    assert.ok(!this.#polls.has(shared), 'one poll handle of a socket');
    const poll = { s, armed: want as PollEvents | undefined, fire: callback };
    this.#polls.set(shared, poll);
    const isOpen = () => assert.equal(this.#polls.get(shared), poll, 'start or stop after close');
    return {
      start: (next: PollEvents) => {
        isOpen();
        poll.armed = next;
      },
      stop: () => {
        isOpen();
        poll.armed = undefined;
      },
      close: () => {
        isOpen();
        assert.ok(this.#open.has(through), 'closed before its handle');
        this.#polls.delete(shared);
      },
      unref: () => undefined,
    };
  }

  run(step: Step): void {
    if (step.do === 'fire') this.#fire(step.socket, step.closing);
    else {
      const handle = this.#handles[step.handle];
      assert.ok(handle);
      if (!this.#open.has(handle)) return;
      if (step.do === 'watch') this.#watch(handle, step.want);
      else if (step.do === 'stop') this.#stopAll(handle);
      else this.#close(handle);
    }
    this.#check();
  }

  #watch(handle: Polled, want: Wait['want']): void {
    const waits = this.#waits.get(handle);
    const watch = value(
      this.#reactor.watch(handle, { [want]: true }, () => {
        waits?.delete(wait);
        if (this.#isClosing) this.#close(handle);
      }),
    );
    const wait: Wait = { watch, want };
    waits?.add(wait);
  }

  #isClosing = false;

  /** Fires every event: all watches of the socket wake. @param closing each wake closes its handle */
  #fire(socket: number, closing: boolean): void {
    const poll = this.#polls.get(this.#sockets[socket] ?? {});
    if (!poll?.armed) return;
    this.#isClosing = closing;
    poll.fire(0, poll.armed);
    this.#isClosing = false;
  }

  #stopAll(handle: Polled): void {
    for (const { watch } of this.#waits.get(handle) ?? []) watch.stop();
    this.#waits.get(handle)?.clear();
  }

  #close(handle: Polled): void {
    if (!this.#open.has(handle)) return;
    if (this.#waits.get(handle)?.size) assert.throws(() => this.#reactor.release(handle), /while a watch/);
    this.#stopAll(handle);
    this.#reactor.release(handle);
    this.#open.delete(handle);
  }

  /** A socket with a watch is polled through an open handle; one without a watch is not polled. */
  #check(): void {
    for (const shared of this.#sockets) {
      const wants = this.#handles
        .filter((handle) => handle.shared === shared)
        .flatMap((handle) => [...(this.#waits.get(handle) ?? [])].map(({ want }) => want));
      const poll = this.#polls.get(shared);
      const through = this.#handles.find(({ s }) => s === poll?.s);
      assert.ok(!through || this.#open.has(through), 'the poll handle outlives its handle');
      assert.equal(poll?.armed !== undefined, wants.length > 0, 'polls only with a watch');
      if (wants.length === 0) continue;
      assert.equal(poll?.armed?.writable, wants.includes('write'));
      assert.equal(poll?.armed?.disconnect, wants.includes('hangup'));
    }
  }

  end(): void {
    for (const handle of this.#handles) {
      this.#close(handle);
      this.#check();
    }
    assert.equal(this.#polls.size, 0, 'every poll handle is closed');
  }
}

const handle = fc.nat(SOCKETS * HANDLES - 1);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('watch' as const),
      handle,
      want: fc.constantFrom('read' as const, 'write' as const, 'hangup' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('stop' as const, 'close' as const), handle }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('fire' as const),
      socket: fc.nat(SOCKETS - 1),
      closing: fc.boolean(),
    }),
  },
);

it('the reactor of Windows never has two poll handles for one socket, in any order of closes', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const model = new Model();
      for (const one of steps) model.run(one);
      model.end();
    }),
    { numRuns: 500 },
  );
});
