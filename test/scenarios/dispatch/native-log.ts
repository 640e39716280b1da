import type { TestContext } from 'node:test';
import { NativeSocket } from '../../../src/daemon/sockets/native-socket.js';
import { Socket } from '../../../src/daemon/sockets/socket.js';
import type { Provider } from '../../../src/providers/provider.js';
import type { Driven } from '../rig.js';

/** A native call, in the order in which they were made. */
export interface NativeCall {
  readonly name: string;
  /** Calls of one turn: no setImmediate that the first of them set has run before the last. */
  readonly turn: number;
}

/** The calls that were made in the turn of the first with that name. */
export const inTurnOf = (calls: readonly NativeCall[], name: string): NativeCall[] => {
  const first = calls.find((one) => one.name === name);
  return calls.filter(({ turn }) => turn === first?.turn);
};

/** Notes every native call that is made by that id from now on, whichever provider makes it. */
export const nativeLog = (t: TestContext, { id }: Driven): NativeCall[] => {
  const calls: NativeCall[] = [];
  let turn = 0;
  const note = (name: string): void => {
    const ofThisTurn = turn;
    setImmediate(() => {
      turn = ofThisTurn + 1;
    });
    calls.push({ name, turn });
  };
  const noting = (provider: Provider): Provider =>
    new Proxy(provider, {
      get: (target, key) => {
        const member: unknown = Reflect.get(target, key, target);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) => {
          note(String(key));
          return member.apply(target, args);
        };
      },
    });
  const { use } = NativeSocket.prototype;
  t.mock.method(NativeSocket.prototype, 'use', function (this: NativeSocket, run: Parameters<typeof use>[0]) {
    const isNoted = this instanceof Socket && this.id === id;
    return use.call(this, isNoted ? (provider, handle) => run(noting(provider), handle) : run);
  });
  return calls;
};
