import { fail, type Outcome } from '../../winsock/outcome.js';
import type { Handle, Provider } from '../provider.js';

/**
 * A method of the port as the file of its topic implements it: it takes what all calls of the adapter share,
 * and the state of a socket instead of the handle.
 */
export type MethodOf<Stack, Socket, M extends keyof Provider> = Provider[M] extends (
  s: Handle,
  ...rest: infer R
) => infer O
  ? (stack: Stack, socket: Socket, ...rest: R) => O
  : never;

/** The base of a provider over native sockets: finds the state of a handle. */
export abstract class NativeProvider<
  Socket,
  Stack extends { readonly sockets: ReadonlyMap<number, Socket> },
> {
  protected readonly stack: Stack;

  protected constructor(stack: Stack) {
    this.stack = stack;
  }

  /**
   * Runs a call with the state of an open socket; WSAENOTSOCK for a handle that is closed or unknown. Every
   * call begins here, so only handles that the adapter has opened reach a native call: an FFI would turn
   * 2**40 into descriptor 0.
   *
   * @param callName the function that the failure names
   */
  protected on<T>(s: Handle, callName: string, run: (socket: Socket) => Outcome<T>): Outcome<T> {
    const socket = this.stack.sockets.get(s);
    return socket === undefined ? fail('WSAENOTSOCK', callName) : run(socket);
  }
}
