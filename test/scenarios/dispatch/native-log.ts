import type { TestContext } from 'node:test';
import { NativeSocket } from '../../../src/daemon/sockets/native-socket.js';
import { Socket } from '../../../src/daemon/sockets/socket.js';
import type { Provider } from '../../../src/providers/provider.js';
import type { TestSocket } from '../test-daemon.js';

/** The native calls so far, in their order. */
export interface NativeCall {
  readonly name: string;
}

/** Records every native call by that id from now on, on any provider. */
export const nativeLog = (t: TestContext, { id }: TestSocket): NativeCall[] => {
  const calls: NativeCall[] = [];
  const noting = (provider: Provider): Provider =>
    new Proxy(provider, {
      get: (target, key) => {
        const member: unknown = Reflect.get(target, key, target);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) => {
          calls.push({ name: String(key) });
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
