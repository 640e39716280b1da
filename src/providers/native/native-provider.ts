import { fail, type Outcome } from '../../winsock/outcome.js';
import type { Handle, Provider } from '../provider.js';

/**
 * A method of the port as the file of its topic has it: the state of a socket stands in the place of the handle,
 * and before it what the calls of an adapter share.
 */
export type MethodOf<Stack, Socket, M extends keyof Provider> = Provider[M] extends (
  s: Handle,
  ...rest: infer R
) => infer O
  ? (stack: Stack, socket: Socket, ...rest: R) => O
  : never;

/** What a provider over the sockets of a system begins with: its handles, and the way from one to its state. */
export abstract class NativeProvider<
  Socket,
  Stack extends { readonly sockets: ReadonlyMap<number, Socket> },
> {
  protected readonly stack: Stack;

  protected constructor(stack: Stack) {
    this.stack = stack;
  }

  /**
   * Runs a call with the state of an open socket; WSAENOTSOCK for a handle that was closed or never given out.
   * Every call begins here, so only what the adapter has opened itself reaches a native call: an FFI would turn
   * 2**40 into descriptor 0.
   *
   * @param callName the function it is done by, named in that failure
   */
  protected on<T>(s: Handle, callName: string, run: (socket: Socket) => Outcome<T>): Outcome<T> {
    const socket = this.stack.sockets.get(s);
    return socket === undefined ? fail('WSAENOTSOCK', callName) : run(socket);
  }
}
