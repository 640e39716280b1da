import { RefusedError, RigLostError } from './errors.js';
import type { CallOptions, OperationName, Result } from './operations.js';
import type { RpcConnection } from './rpc.js';

/** The longest time that a call can be given, in milliseconds. */
export const LONGEST_MS = 0x7fff_ffff;

/** Milliseconds beyond the longest wait of the daemon after which an answer counts as lost. */
const GRACE_MS = 30_000;

/** A batch may take ten times the longest wait of a call. */
const BATCH_FACTOR = 10;

/** The calls of a rig, with the types of their operations. */
export class Calls {
  readonly connection: RpcConnection;
  /** A daemon that has not answered after so many milliseconds counts as lost. */
  readonly patienceMs: number;
  /** The longest wait of the daemon, in milliseconds. */
  readonly waitMs: number;

  /** @param waitSeconds the longest wait of the daemon */
  constructor(connection: RpcConnection, waitSeconds: number) {
    this.connection = connection;
    this.waitMs = waitSeconds * 1000;
    this.patienceMs = this.waitMs + GRACE_MS;
  }

  /**
   * Makes a call. The daemon's own limit of a wait does not show: after `wait-limit`, which has taken nothing, the
   * call is repeated until its `timeoutMs`.
   *
   * @throws WinsockError, RefusedError, RigLostError, the signal's reason
   */
  async call<O extends OperationName>(
    operation: O,
    params: object,
    { signal, onCrossed }: CallOptions<O> = {},
  ): Promise<Result<O>> {
    const patienceMs = this.patienceMs * (operation === 'batch' ? BATCH_FACTOR : 1);
    const crossed = (result: unknown) => {
      if (isResult(operation, result)) onCrossed?.(result);
    };
    const left = countDown('timeoutMs' in params ? params.timeoutMs : undefined);
    for (;;) {
      try {
        const limited = { ...params, ...left() };
        const options = { patienceMs, signal, onCrossed: crossed };
        const result = await this.connection.request(operation, limited, options);
        if (isResult(operation, result)) return result;
        throw new RigLostError('what answers is no winsockd');
      } catch (error) {
        if (!(error instanceof RefusedError && error.name === 'wait-limit')) throw error;
      }
    }
  }
}

/** The rest of a time in milliseconds, as it passes; nothing without one. */
export const countDown = (timeoutMs: unknown): (() => { timeoutMs?: number }) => {
  if (typeof timeoutMs !== 'number') return () => ({});
  const deadline = performance.now() + timeoutMs;
  return () => ({ timeoutMs: Math.min(LONGEST_MS, Math.max(0, Math.ceil(deadline - performance.now()))) });
};

/**
 * Whether a value is the result of an operation. All of them are objects. That their members are those of the
 * types, the daemon sees to: it answers nothing else than its schemas say.
 */
export const isResult = <O extends OperationName>(_operation: O, value: unknown): value is Result<O> =>
  typeof value === 'object' && value !== null;
