/** A new descriptor is closed when any step after its creation fails. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Libc, loadLibc } from '../../../src/providers/posix/library.js';
import type { Outcome } from '../../../src/winsock/outcome.js';
import { answer, type CaseSockets } from '../contract/case-sockets.js';
import { openHandles } from '../open-handles.js';
import { posixSockets } from './posix-sockets.js';

/** Calls that create or close a descriptor: the test fails the calls in between. */
const ENDPOINTS: readonly string[] = ['socket', 'accept4', 'fcntl', 'close'] satisfies (keyof Libc)[];

/** The library of the system, whose calls the test can make fail. */
class FailingLibc {
  /** How many more calls succeed; undefined: all. */
  left: number | undefined;
  readonly libc: Libc;

  constructor() {
    const entries = Object.entries(loadLibc()).map(([name, call]) => {
      if (ENDPOINTS.includes(name)) return [name, call];
      return [
        name,
        (...args: unknown[]): unknown => (this.#fails() ? -1 : Reflect.apply(call, undefined, args)),
      ];
    });
    this.libc = Object.fromEntries(entries) as Libc; // the same names, with functions of the same types
  }

  #fails(): boolean {
    if (this.left === undefined) return false;
    this.left--;
    return this.left < 0;
  }
}

/** Makes each step fail in turn, until all succeed. */
const failInTurn = (failing: FailingLibc, prepare: () => void, birth: () => Outcome<unknown>): void => {
  for (let steps = 0; ; steps++) {
    prepare();
    const before = openHandles();
    failing.left = steps;
    const born = birth();
    const all = failing.left >= 0;
    failing.left = undefined;
    assert.equal(openHandles(), before + (born.ok ? 1 : 0), `${answer(born)} after ${steps} steps`);
    if (!all) continue;
    assert.ok(born.ok);
    return;
  }
};

describe('failures while posix makes a socket', {
  skip: process.platform !== 'linux' && 'needs Linux',
}, () => {
  const births: Readonly<
    Record<string, (sockets: CaseSockets) => readonly [prepare: () => void, birth: () => Outcome<unknown>]>
  > = {
    socket: ({ provider }) => {
      const entry = provider.protocols.find(
        ({ addressFamily, protocol }) => addressFamily === 23 && protocol === 6,
      );
      assert.ok(entry);
      return [() => undefined, () => provider.socket(entry, 0)];
    },
    duplicate: (sockets) => {
      const one = sockets.stream();
      return [() => undefined, () => sockets.provider.duplicate(one)];
    },
    accept: (sockets) => {
      const { handle, address } = sockets.listener();
      return [() => sockets.begin(sockets.stream(), address), () => sockets.provider.accept(handle)];
    },
  };
  for (const [name, of] of Object.entries(births)) {
    it(name, (t) => {
      const failing = new FailingLibc();
      failInTurn(failing, ...of(posixSockets(t, failing.libc)));
    });
  }

  it('a connection without an address is closed and reported as WSAECONNRESET', (t) => {
    const libc = loadLibc();
    const nameless: Libc['accept4'] = (fd, name, length, flags) => {
      const taken = libc.accept4(fd, name, length, flags);
      name.fill(0, 0, 2);
      return taken;
    };
    const sockets = posixSockets(t, { ...libc, accept4: nameless });
    const { handle, address } = sockets.listener();
    sockets.begin(sockets.stream(), address);
    const before = openHandles();
    assert.equal(answer(sockets.provider.accept(handle)), 'WSAECONNRESET');
    assert.equal(openHandles(), before);
  });
});
