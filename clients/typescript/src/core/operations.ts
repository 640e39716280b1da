import type { Operations } from './operations.gen.js';

/** The name of an operation of the daemon, such as `getSockOpt`. docs/operations.md describes each. */
export type OperationName = keyof Operations;

/** The parameters of an operation. An optional one may also be undefined: then it is left out. */
export type Params<O extends OperationName> = Loose<Operations[O]['params']>;

/** The result of an operation. */
export type Result<O extends OperationName> = Operations[O]['result'];

/** The operations with an id among their parameters: `sessionId` or `socketId`. */
export type OperationWith<Id extends string> = {
  [O in OperationName]: Id extends keyof Operations[O]['params'] ? O : never;
}[OperationName];

/** The parameters of an operation without an id that is added. */
export type ParamsWithout<O extends OperationName, Id extends string> = Omit<Params<O>, Id>;

/** How long a call may wait. */
export interface Wait {
  /** Ends the call at the daemon. The promise is then rejected with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** After so many milliseconds the call fails with WSAETIMEDOUT. Without it, it waits without end. */
  readonly timeoutMs?: number | undefined;
}

/** What a call takes beside its parameters, of which `timeoutMs` is one. */
export interface CallOptions<O extends OperationName> {
  /** Ends the call at the daemon. The promise is then rejected with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Takes the result of a call that succeeded although `signal` ended it. */
  readonly onCrossed?: ((result: Result<O>) => void) | undefined;
}

/** The arguments of `call` behind the name of the operation. Parameters that are all optional may be absent. */
export type CallArguments<O extends OperationName, P> =
  Record<never, never> extends P
    ? [params?: P, options?: CallOptions<O>]
    : [params: P, options?: CallOptions<O>];

/** Everything that has `socketId` among its parameters. */
export type SocketOperation = OperationWith<'socketId'>;

/** Makes a call with the id of a socket. */
export type SocketCall = <O extends SocketOperation>(
  operation: O,
  params: object,
  options?: CallOptions<O>,
) => Promise<Result<O>>;

/** The same members, of which the optional ones may be undefined. */
export type Loose<T> = {
  [K in keyof T]: Record<never, never> extends Pick<T, K> ? T[K] | undefined : T[K];
};
