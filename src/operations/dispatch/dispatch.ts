import { type Answer, isRefusal } from '../../daemon/answers/answer.js';
import { type Refusal, refuse } from '../../daemon/answers/refusals.js';
import { Call, type EndReason, endedAnswer, type Surroundings, type Wake } from '../../daemon/calls/call.js';
import type { Lane } from '../../daemon/calls/lane.js';
import type { Daemon } from '../../daemon/daemon.js';
import { type WsaName, wsaNameOf } from '../../winsock/errors.js';
import { type Failure, fail, failedWith } from '../../winsock/outcome.js';
import type { SocketState } from '../../winsock/socket-state.js';
import { resetMeanwhile } from '../faults/effects/reset.js';
import { type AnyOperation, type Destination, functionOf, statedErrors } from '../operation.js';
import { countOnly, faultsOn } from './faults-on-call.js';
import { type Recorded, recordCall } from './record-call.js';
import type { Client, Reply } from './reply.js';
import { type Resolved, resolveIds } from './resolve-ids.js';
import { type Check, Validator } from './validation.js';

/** One request, translated from whatever it came by. */
export interface DispatchRequest {
  /** The name of the token it carried. */
  readonly owner: string;
  /** Ids, path, query and body together. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly client: Client;
  readonly requestId: string;
}

export type Dispatch = (op: AnyOperation, request: DispatchRequest) => Promise<Reply>;

/** Told of what should not happen (tests make it throw), and in tests of every result. */
export interface DispatchObserver {
  /** A handler answered a code that its operation does not state; it passes through unchanged. */
  unstated(op: AnyOperation, failure: Failure): void;
  /** The provider said WSAENOTSOCK of a handle that the daemon believes live. */
  lostHandle(op: AnyOperation, socketId: string): void;
  /** Results are not checked in production. */
  result?(op: AnyOperation, result: object): void;
}

/** One operation under way. */
class Run {
  readonly op: AnyOperation;
  /** As found at the beginning; a fault that lets the call wait looks again. */
  on: Resolved;
  readonly call: Call;
  readonly params: DispatchRequest['params'];
  readonly requestId: string;
  readonly stateBefore: SocketState | undefined;
  /** The lane that it holds: from its turn on. */
  lane: Lane | undefined;
  /** Whether the parameters are known to fit their schema: nothing else is ever recorded of them. */
  validated = false;

  constructor(op: AnyOperation, on: Resolved, call: Call, { params, requestId }: DispatchRequest) {
    this.op = op;
    this.on = on;
    this.call = call;
    this.params = params;
    this.requestId = requestId;
    this.stateBefore = on.socket?.state;
  }
}

interface Prepared {
  readonly check: Check;
  readonly stated: ReadonlySet<WsaName>;
}

/**
 * The only way in, and the order of everything: ids, whether the call is admitted, lane, faults, handler, outcome. REST only translates to and from it.
 */
export class Dispatcher {
  readonly #daemon: Daemon;
  readonly #observer: DispatchObserver;
  readonly #prepared: ReadonlyMap<AnyOperation, Prepared>;
  readonly #around: Surroundings;

  constructor(daemon: Daemon, operations: readonly AnyOperation[], observer: DispatchObserver) {
    const validator = new Validator();
    this.#daemon = daemon;
    this.#observer = observer;
    const { clock, limits, waiting, turns } = daemon;
    this.#around = { clock, capMs: limits.waitSeconds * 1000, waiting, turns };
    this.#prepared = new Map(
      operations.map((op) => [op, { check: validator.params(op), stated: statedErrors(op) }]),
    );
  }

  /**
   * Runs one operation. Rejects only for a bug; everything else is an answer. What needs no wait is done in the
   * turn in which the request came: nothing is awaited but a lane, a fault, and a handler that waits.
   */
  readonly dispatch: Dispatch = async (op, request) => {
    const run = this.#begin(op, request);
    const { call } = run;
    try {
      let answer = this.#admit(run);
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
    const { owner, client, params } = request;
    const call = new Call(this.#around, owner, client);
    const on = resolveIds(this.#daemon, op, owner, params);
    // What a connect under way has come to meanwhile counts for this call.
    on.socket?.underlying.refresh();
    on.session?.journal.hold(on.socket?.journal);
    return new Run(op, on, call, request);
  }

  /**
   * Drain, the one blocking call of a 1.x session, ids, start-up count, parameters, policy, a lane that is taken: in
   * this order.
   */
  #admit(run: Run): Answer<object> | undefined {
    const { op, on, params } = run;
    const name = functionOf(op);
    if (this.#daemon.draining) return refuse('draining', 'The daemon is stopping and takes no new calls.');
    if (on.session?.isBlocked && !op.duringBlockingCall) return fail('WSAEINPROGRESS', name);
    if (on.error) return on.error;
    if (on.session && !on.session.isInitialised && !op.uninitialised) return fail('WSANOTINITIALISED', name);
    const invalid = this.#prepared.get(op)?.check(params);
    if (invalid) return invalid;
    run.validated = true;
    // The schema has just checked what the operation's own type promises.
    const to = on.socket?.providerName === 'lab' ? undefined : op.destination?.(params as never);
    const denied = to && this.#denied(to);
    if (denied) return denied;
    return on.socket?.nonBlocking && laneOf(run)?.isTaken ? fail('WSAEWOULDBLOCK', name) : undefined;
  }

  #denied(to: Destination | readonly Destination[]): Refusal | undefined {
    for (const { kind, address, anyPort } of isList(to) ? to : [to]) {
      const denied = this.#daemon.policy.judge(kind, address, anyPort);
      if (denied) return denied;
    }
    return undefined;
  }

  /** The call works on its session and socket from now on, and waits for its turn. */
  #enter(run: Run): Wake | Promise<Wake> {
    const { op, on, call, params } = run;
    // From the beginning of the call: what it waits for its turn counts too.
    const { timeoutMs } = params;
    if (op.blocking && typeof timeoutMs === 'number') call.limitTo(timeoutMs);
    // SO_RCVTIMEO is of calls that receive: accept waits without it.
    const ofSocket = op.lane && op.does !== 'accepts' ? on.socket?.timeouts[op.lane] : undefined;
    if (ofSocket) call.limitTo(ofSocket);
    on.session?.calls.add(call);
    if (!op.closes) on.socket?.calls.enter(call, op.lane);
    if (on.session && op.blocking) on.session.blocking ??= call;
    return laneOf(run)?.enter(call) ?? 'ready';
  }

  #leave({ on, call }: Run, now: number): void {
    call.over();
    on.socket?.calls.leave(call);
    const { session } = on;
    if (!session) return;
    session.calls.delete(call);
    session.lease.touch(now);
    if (session.blocking === call) session.blocking = undefined;
  }

  /** The answer of a call that was ended while it waited for its turn. */
  #endedBefore(run: Run, reason: EndReason): Answer<never> {
    // Another call of the socket came to a fault that reset the connection: this one is a call to be counted, too.
    if (reason === 'reset') countOnly(run, this.#daemon);
    return endedAnswer(reason, functionOf(run.op));
  }

  #handle({ op, on, call, params }: Run): Answer<object> | Promise<Answer<object>> {
    const target = on.past ?? (op.scope === 'daemon' ? this.#daemon : on[op.scope]);
    // The list has forgotten the definition's own types; scope and schema have just been checked.
    return op.run(target as never, params as never, call, this.#daemon);
  }

  /** A bug in a handler must not keep the socket, the lane or the session waiting for it. */
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

  /** Notes what the answer means for session and socket, and gives it to the edge. */
  #conclude(run: Run, answer: Answer<object>): Reply {
    const { op, on, call, params, lane } = run;
    const now = this.#daemon.clock.now();
    this.#leave(run, now);
    const final = this.#judged(run, resetMeanwhile(call, answer));
    if (!final.ok && !isRefusal(final)) on.session?.failed(final.code);
    if (final.ok) this.#observer.result?.(op, final.value);
    // The list has forgotten the definition's own types; the handler has just made the one from the other.
    const created = final.ok ? op.created?.(final.value as never, params as never) : undefined;
    const recorded = recordCall(this.#daemon, run, final, now);
    // What consumes keeps its lane until it is known to have arrived: the next must not overtake it.
    if (!call.consumes) lane?.leave();
    const { ids: faults } = call.faults;
    return {
      operation: op,
      answer: final,
      context: contextOf(on),
      created,
      faults: faults.length > 0 ? faults : undefined,
      timing: { native: now - call.startedAt - call.waited, wait: call.waited },
      settle: settling(call, call.consumes ? lane : undefined, on, recorded),
    };
  }

  /**
   * A code that the operation does not state passes through, but is told; a lost handle is our bug. The
   * function named is the operation's, whichever native one a provider made of it.
   */
  #judged({ op, on, call }: Run, given: Answer<object>): Answer<object> {
    if (given.ok || isRefusal(given)) return given;
    const answer = { ...given, call: functionOf(op) };
    // Asked for: no code is unexpected.
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

/** The lane that a call takes its turn in. */
const laneOf = ({ op, on: { socket } }: Run): Lane | undefined => op.lane && socket?.lanes[op.lane];

/** Where an answer came from. Of a socket that has ended its journal tells. */
const contextOf = ({ past, session, socket }: Resolved): Reply['context'] => {
  if (past && 'of' in past.journal) {
    const { socketId, sessionId, provider } = past.journal.of;
    return { socketId, sessionId, provider, state: 'closed' };
  }
  if (!session) return {};
  if (!socket) return { sessionId: session.id };
  return { sessionId: session.id, socketId: socket.id, provider: socket.providerName, state: socket.state };
};

/**
 * What is to be done when an answer is known to have arrived, or not: see Reply.settle. It keeps nothing of parameters
 * and result, which may be long and need not wait with the answer.
 *
 * @param lane that is held until then
 */
const settling = (
  call: Call,
  lane: Lane | undefined,
  { session, socket }: Resolved,
  recorded: Recorded | undefined,
): Reply['settle'] => {
  let settled = false;
  return (delivered) => {
    if (settled) return;
    settled = true;
    if (delivered) call.releaseBytes();
    else {
      call.giveBack();
      recorded?.journal.undelivered(recorded.entry);
    }
    lane?.leave();
    session?.journal.release(socket?.journal);
  };
};
