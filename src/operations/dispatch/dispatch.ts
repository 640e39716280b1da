import { type Answer, isRefusal } from '../../daemon/answers/answer.js';
import { type Refusal, refuse } from '../../daemon/answers/refusals.js';
import {
  Call,
  type CallEnvironment,
  type EndReason,
  endedAnswer,
  type Wake,
} from '../../daemon/calls/call.js';
import { inUse, type Lane } from '../../daemon/calls/lane.js';
import type { Daemon } from '../../daemon/daemon.js';
import { type WsaName, wsaNameOf } from '../../winsock/errors.js';
import { type Failure, fail, failedWith } from '../../winsock/outcome.js';
import type { SocketState } from '../../winsock/socket-state.js';
import { resetMeanwhile } from '../faults/effects/reset.js';
import {
  type AnyOperation,
  type Destination,
  functionOf,
  shutDirectionOf,
  statedErrors,
} from '../operation.js';
import { endCreated } from './end-created.js';
import { beginOnNew, countOnly, faultsOn } from './faults-on-call.js';
import { holdUntil, leaveHold } from './not-before.js';
import { recordCall } from './record-call.js';
import type { Client, Reply } from './reply.js';
import { type Resolved, resolveIds } from './resolve-ids.js';
import { settling } from './settling.js';
import { type Check, paramsCheck } from './validation.js';

/** One request, without its protocol. */
export interface DispatchRequest {
  /** The name of the token of the request. */
  readonly owner: string;
  /** Ids, path, query and body together. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly client: Client;
  readonly requestId: string;
  /** The call must not begin before; milliseconds of the daemon's clock. */
  readonly notBefore?: number | undefined;
}

export type Dispatch = (op: AnyOperation, request: DispatchRequest) => Promise<Reply>;

/** Notified of what should not happen (tests make it throw) and, in tests, of every result. */
export interface DispatchObserver {
  /** A handler answered a code that its operation does not state; the code is passed on. */
  unstated(op: AnyOperation, failure: Failure): void;
  /** The provider answered WSAENOTSOCK for a handle that the daemon believes live. */
  lostHandle(op: AnyOperation, socketId: string): void;
  /** Every result; production does not check results. */
  result?(op: AnyOperation, result: object): void;
}

/** One operation under way. */
interface Run {
  readonly op: AnyOperation;
  /**
   * Its session and socket, as found at the beginning. After a wait for an instant or because of a fault
   * only `error` may differ.
   */
  on: Resolved;
  readonly call: Call;
  readonly params: DispatchRequest['params'];
  readonly requestId: string;
  stateBefore: SocketState | undefined;
  /** How long after the instant of `notBefore` it began, milliseconds. */
  late: number | undefined;
  /** The lane that the call holds, from its turn on. */
  lane: Lane | undefined;
  /** Whether the parameters have passed their schema: others are never recorded. */
  validated: boolean;
}

interface Prepared {
  readonly check: Check;
  readonly stated: ReadonlySet<WsaName>;
}

/**
 * The only entry to the operations. It fixes the order: ids, admission, the wait for an instant, lane, faults,
 * handler, outcome. The edge only translates requests and replies.
 */
export class Dispatcher {
  readonly #daemon: Daemon;
  readonly #observer: DispatchObserver;
  readonly #prepared: ReadonlyMap<AnyOperation, Prepared>;
  readonly #callEnvironment: CallEnvironment;

  constructor(daemon: Daemon, operations: readonly AnyOperation[], observer: DispatchObserver) {
    this.#daemon = daemon;
    this.#observer = observer;
    const { clock, limits, waiting, turns, instants } = daemon;
    this.#callEnvironment = { clock, capMs: limits.waitSeconds * 1000, waiting, turns, instants };
    this.#prepared = new Map(
      operations.map((op) => [op, { check: paramsCheck(op), stated: statedErrors(op) }]),
    );
  }

  /**
   * Runs one operation. Rejects only for a bug; everything else is an answer. A call that need not wait ends
   * in the event loop turn of its request: only a lane, a fault and a handler that waits are awaited.
   */
  readonly dispatch: Dispatch = async (op, request) => {
    const run = this.#begin(op, request);
    const { call } = run;
    try {
      let answer = this.#admit(run);
      const { notBefore } = request;
      if (!answer && notBefore !== undefined) {
        const { clock } = this.#daemon;
        if (clock.now() < notBefore) {
          answer = this.#released(run, await holdUntil(run, notBefore, this.#daemon));
        }
        if (!answer) run.late = clock.now() - notBefore;
      }
      if (!answer) {
        const turn = this.#enter(run);
        const wake = turn instanceof Promise ? await turn : turn;
        if (wake === 'ready') run.lane = laneOf(run);
        const ended = wake === 'ready' ? call.ended : wake;
        answer = ended && this.#endedBefore(run, ended);
      }
      if (!answer) {
        const faults = faultsOn(run, this.#daemon);
        try {
          const early = faults?.before();
          answer = early instanceof Promise ? await early : early;
          const made = answer ?? this.#handle(run);
          answer = made instanceof Promise ? await made : made;
          if (faults) answer = faults.after(answer);
        } finally {
          faults?.giveBackHits();
        }
      }
      return this.#conclude(run, answer);
    } catch (bug) {
      return this.#abandon(run, bug);
    }
  };

  #begin(op: AnyOperation, request: DispatchRequest): Run {
    const { owner, client, params, requestId } = request;
    const call = new Call(this.#callEnvironment, owner, client);
    const on = resolveIds(this.#daemon, op, owner, params);
    // A connect that has ended meanwhile counts for this call.
    on.socket?.underlying.refresh();
    on.session?.journal.hold(on.socket?.journal);
    const stateBefore = on.socket?.state;
    return {
      op,
      on,
      call,
      params,
      requestId,
      stateBefore,
      late: undefined,
      lane: undefined,
      validated: false,
    };
  }

  /**
   * Refusals, in this order: drain, the one blocking call of a 1.x session, session, start-up count, socket,
   * parameters, policy, a lane that a pump holds, a lane that is taken.
   */
  #admit(run: Run): Answer<object> | undefined {
    const { op, on, params, call } = run;
    const name = functionOf(op);
    if (this.#daemon.draining) return refuse('draining', 'The daemon is stopping and takes no new calls.');
    // The calls of a pump are not those of the program that the session stands for.
    if (on.session?.isBlocked && !op.duringBlockingCall && !call.pump) return fail('WSAEINPROGRESS', name);
    if (on.error) return on.error;
    if (on.session && !on.session.isInitialised && !op.uninitialised) return fail('WSANOTINITIALISED', name);
    const invalid = this.#prepared.get(op)?.check(params);
    if (invalid) return invalid;
    run.validated = true;
    // The schema has just checked what the type of the operation states.
    const to = on.socket?.providerName === 'lab' ? undefined : op.destination?.(params as never);
    const denied = to && this.#denied(to);
    if (denied) return denied;
    const { socket } = on;
    const lane = laneOf(run);
    if (!socket || !lane) return undefined;
    if (lane.holder !== undefined && lane.holder !== call.pump) return inUse(lane.holder);
    return lane.isTaken && call.isNonBlockingOn(socket) ? fail('WSAEWOULDBLOCK', name) : undefined;
  }

  #denied(to: Destination | readonly Destination[]): Refusal | undefined {
    for (const { kind, address, anyPort } of isList(to) ? to : [to]) {
      const denied = this.#daemon.policy.judge(kind, address, anyPort);
      if (denied) return denied;
    }
    return undefined;
  }

  /** Ends the wait for the instant of a call. It is admitted again, as the call that it is now. */
  #released(run: Run, wake: Wake): Answer<object> | undefined {
    leaveHold(run, this.#daemon);
    const ended = wake === 'ready' ? run.call.ended : wake;
    if (ended) return this.#endedBefore(run, ended);
    run.stateBefore = run.on.socket?.state;
    return this.#admit(run);
  }

  /** Makes the call one of those of its session and socket, and waits for its turn. */
  #enter(run: Run): Wake | Promise<Wake> {
    const { op, on, call, params } = run;
    // Limits count from the beginning of the call, with the wait for its turn.
    const { timeoutMs } = params;
    if (op.blocking && typeof timeoutMs === 'number') call.limitTo(timeoutMs);
    // SO_RCVTIMEO is for calls that receive: accept waits without it.
    const ofSocket = op.lane && op.does !== 'accepts' ? on.socket?.timeouts[op.lane] : undefined;
    if (ofSocket) call.limitTo(ofSocket);
    if (on.session && !call.pump?.leavesLease) {
      on.session.calls.add(call);
      call.connection?.use(on.session);
    }
    if (!op.closes) on.socket?.calls.enter(call, shutDirectionOf(op));
    if (on.session && op.blocking && !call.pump) on.session.blocking ??= call;
    return laneOf(run)?.enter(call) ?? 'ready';
  }

  #leave({ on, call }: Run, now: number): void {
    call.finish();
    on.socket?.calls.leave(call);
    const { session } = on;
    if (!session || call.pump?.leavesLease) return;
    session.calls.delete(call);
    session.lease.touch(now);
    if (session.blocking === call) session.blocking = undefined;
  }

  /** The answer of a call that ended while it waited for its turn. */
  #endedBefore(run: Run, reason: EndReason): Answer<never> {
    // Another call of the socket met a fault that reset the connection: rules count this call, too.
    if (reason === 'reset') countOnly(run, this.#daemon);
    return endedAnswer(reason, functionOf(run.op));
  }

  #handle({ op, on, call, params }: Run): Answer<object> | Promise<Answer<object>> {
    const target = on.past ?? (op.scope === 'daemon' ? this.#daemon : on[op.scope]);
    // The list has no types of single definitions; scope and schema have just been checked.
    return op.run(target as never, params as never, call, this.#daemon);
  }

  /** Ends a call whose handler has a bug, so that socket, lane and session do not wait for it. */
  #abandon(run: Run, bug: unknown): never {
    const { call, on, lane } = run;
    const now = this.#daemon.clock.now();
    this.#leave(run, now);
    call.giveBack();
    lane?.leave();
    recordCall(this.#daemon, run, refuse('internal', 'The daemon has a bug.'), now);
    on.session?.journal.release(on.socket?.journal);
    throw bug instanceof Error ? bug : new Error(`${run.op.name} threw ${String(bug)}`);
  }

  /** Applies the answer to session and socket, and makes the reply. */
  #conclude(run: Run, answer: Answer<object>): Reply {
    const { op, on, call, params, lane } = run;
    const now = this.#daemon.clock.now();
    this.#leave(run, now);
    const final = this.#judged(run, resetMeanwhile(call, answer));
    if (!final.ok && !isRefusal(final)) on.session?.failed(final.code);
    if (final.ok) this.#observer.result?.(op, final.value);
    // The list has no types of single definitions; the handler has just made the result from the parameters.
    const created = final.ok ? op.created?.(final.value as never, params as never) : undefined;
    if (created?.kind === 'socket' && on.session?.faults.any) beginOnNew(this.#daemon, created.id);
    const end = created && (() => endCreated(this.#daemon, call.owner, created, on.session));
    const recorded = recordCall(this.#daemon, run, final, now);
    // A call that takes something keeps its lane until its answer is known to be delivered: the next call
    // must not overtake it.
    if (!call.consumes) lane?.leave();
    const { ids: faults } = call.faults;
    return {
      operation: op,
      answer: final,
      context: contextOf(on),
      created,
      endCreated: end,
      faults: faults.length > 0 ? faults : undefined,
      timing: { native: now - call.startedAt - call.waited, wait: call.waited, late: run.late },
      settle: settling(call, call.consumes ? lane : undefined, on, end, recorded),
    };
  }

  /**
   * A code that the operation does not state is passed on, and reported to the observer; a lost handle is a
   * bug of the daemon. The function named is that of the operation, whichever native one the provider called.
   */
  #judged({ op, on, call }: Run, given: Answer<object>): Answer<object> {
    if (given.ok || isRefusal(given)) return given;
    const answer = { ...given, call: functionOf(op) };
    // The fault was asked for, so no code is unexpected.
    if (call.faults.invention) return answer;
    const name = wsaNameOf(answer.code);
    if (on.socket && !on.error && failedWith(answer, 'WSAENOTSOCK')) {
      this.#observer.lostHandle(op, on.socket.id);
      return { ...answer, bug: true };
    }
    const stated = this.#prepared.get(op)?.stated;
    if (name === undefined || !stated?.has(name)) this.#observer.unstated(op, given);
    return answer;
  }
}

const isList = (to: Destination | readonly Destination[]): to is readonly Destination[] => Array.isArray(to);

/** The lane in which a call takes its turn. */
const laneOf = ({ op, on: { socket } }: Run): Lane | undefined => op.lane && socket?.lanes[op.lane];

/** Where an answer came from. For a socket that has ended, its journal has the data. */
const contextOf = ({ past, session, socket }: Resolved): Reply['context'] => {
  if (past && 'of' in past.journal) {
    const { socketId, sessionId, provider } = past.journal.of;
    return { socketId, sessionId, provider, state: 'closed' };
  }
  if (!session) return {};
  if (!socket) return { sessionId: session.id };
  return { sessionId: session.id, socketId: socket.id, provider: socket.providerName, state: socket.state };
};
