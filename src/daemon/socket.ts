import type { Accepted, Handle, Provider, Readiness, Watch } from '../providers/provider.js';
import type { ShutdownHow } from '../winsock/constants.js';
import { WSA_ERRORS } from '../winsock/errors.js';
import type { OptionName, OptionValue } from '../winsock/options.js';
import { type Outcome, ok } from '../winsock/outcome.js';
import { type ProtocolInfo, XP1 } from '../winsock/protocol-info.js';
import type { Call, EndReason } from './call.js';
import type { ConnectAttempt } from './connect-attempt.js';
import type { SocketId } from './ids.js';
import { SocketJournal } from './journal.js';
import { Lane } from './lane.js';
import { Returned } from './returned.js';
import type { Session } from './session.js';
import type { SocketState } from './socket-state.js';

/** Which waits an event ends: those that send, those that receive (accept too), or all. */
export type Direction = 'send' | 'recv';

/** Native codes after which a connection is gone. */
const CONNECTION_LOST: ReadonlySet<number> = new Set(
  (
    [
      'WSAECONNRESET',
      'WSAECONNABORTED',
      'WSAENETRESET',
      'WSAETIMEDOUT',
      'WSAEHOSTUNREACH',
      'WSAENETUNREACH',
    ] as const
  ).map((name) => WSA_ERRORS[name].code),
);

export interface SocketParts {
  readonly id: SocketId;
  readonly session: Session;
  readonly provider: Provider;
  readonly entry: ProtocolInfo;
  /** The protocol number it was opened with, 0 for the entry's own. */
  readonly protocol: number;
  readonly handle: Handle;
  readonly state: 'fresh' | 'connected';
  readonly createdAt: Date;
}

/**
 * One OS handle and what the daemon knows of it. The handle is given to providers inside `use` and kept
 * nowhere else.
 */
export class Socket {
  readonly id: SocketId;
  readonly session: Session;
  readonly entry: ProtocolInfo;
  readonly protocol: number;
  readonly createdAt: Date;
  /** Connection-oriented: has streams, ends and disconnects. */
  readonly isStream: boolean;
  readonly lanes: Readonly<Record<Direction, Lane>> = { send: new Lane(), recv: new Lane() };
  readonly returned: Returned;
  readonly journal: SocketJournal;
  /** Accepted connections whose reply was not delivered; the next accept takes them first. */
  readonly returnedAccepts: Accepted[] = [];
  /** FIONBIO. */
  nonBlocking = false;
  /** SO_RCVTIMEO and SO_SNDTIMEO in milliseconds, 0: none. */
  readonly timeouts = { recv: 0, send: 0 };
  sendShutdown = false;
  receiveShutdown = false;
  peerClosed = false;
  readonly #provider: Provider;
  readonly #handle: Handle;
  readonly #calls = new Map<Call, Direction | undefined>();
  #state: SocketState;
  #keptError: OptionValue | undefined;
  #used = false;
  #attempt: ConnectAttempt | undefined;
  #onIdle: (() => void) | undefined;

  constructor(parts: SocketParts) {
    this.id = parts.id;
    this.session = parts.session;
    this.entry = parts.entry;
    this.protocol = parts.protocol;
    this.createdAt = parts.createdAt;
    this.isStream = (parts.entry.serviceFlags1 & XP1.XP1_CONNECTIONLESS) === 0;
    this.returned = new Returned(this.isStream);
    this.journal = new SocketJournal(parts.session.journal.limits);
    this.#provider = parts.provider;
    this.#handle = parts.handle;
    this.#state = parts.state;
  }

  get state(): SocketState {
    return this.#state;
  }

  /** The connect that was begun and whose end nobody has been told yet. */
  get attempt(): ConnectAttempt | undefined {
    return this.#attempt;
  }

  get providerName(): Provider['name'] {
    return this.#provider.name;
  }

  /** Makes one call of the provider on this socket's handle. */
  use<T>(run: (provider: Provider, handle: Handle) => T): T {
    const result = run(this.#provider, this.#handle);
    if (this.isStream && this.#state === 'connected') this.#observe(result);
    return result;
  }

  /** Watches for readiness; a handle that cannot be watched is a bug of the daemon. */
  watch(want: Readiness, wake: (seen: Readiness) => void): Watch {
    const watch = this.#provider.watch(this.#handle, want, wake);
    if (!watch.ok) throw new Error(`${watch.call} of a live socket failed with ${watch.code}`);
    return watch.value;
  }

  bound(): void {
    if (this.#state === 'fresh') this.#become('bound');
  }

  listening(): void {
    this.#become('listening');
  }

  connected(): void {
    this.#become('connected');
  }

  /** The association of a datagram socket was dissolved. */
  dissolved(): void {
    this.#become('bound');
  }

  closed(): void {
    this.#become('closed');
  }

  /** Follows a connect that was begun until it ends, whether anybody waits for it or not. */
  began(attempt: ConnectAttempt): void {
    const before = this.#state;
    this.#become('connecting');
    this.#attempt = attempt;
    attempt.follow(this, (ended) => {
      this.#become(ended.ok ? 'connected' : before);
    });
  }

  /** Whoever asked has been told how the connect ended. */
  attemptTold(): void {
    this.#attempt = undefined;
  }

  /** The telling did not arrive: the next connect tells it again. */
  attemptUntold(attempt: ConnectAttempt): void {
    this.#attempt ??= attempt;
  }

  /** Notes that one or both directions are shut, and ends the calls waiting there. */
  wasShutDown(how: ShutdownHow): void {
    if (how !== 'SD_RECEIVE') {
      this.sendShutdown = true;
      this.end('shutdown', 'send');
    }
    if (how !== 'SD_SEND') {
      this.receiveShutdown = true;
      this.end('shutdown', 'recv');
    }
  }

  #observeCode(code: number): void {
    if (CONNECTION_LOST.has(code)) this.#become('reset');
  }

  /** Notes what a native failure says about the connection. */
  #observe(result: unknown): void {
    if (typeof result !== 'object' || result === null) return;
    if ('code' in result && typeof result.code === 'number') this.#observeCode(result.code);
  }

  /** Whether any call has worked on it. */
  get wasUsed(): boolean {
    return this.#used;
  }

  /** A call begins to work on the socket. */
  enter(call: Call, direction: Direction | undefined): void {
    this.#used = true;
    this.#calls.set(call, direction);
  }

  /** A call has let go of the socket. */
  leave(call: Call): void {
    this.#calls.delete(call);
    if (this.#calls.size === 0) this.#onIdle?.();
  }

  /** Ends the calls under way, of one direction or all; gives their number. */
  end(reason: EndReason, direction?: Direction): number {
    let count = 0;
    for (const [call, of] of this.#calls) {
      if (direction !== undefined && of !== direction) continue;
      call.end(reason);
      count++;
    }
    return count;
  }

  /** Whether a call works on the socket. */
  get isBusy(): boolean {
    return this.#calls.size > 0;
  }

  /** Resolves when no call works on the socket any more; undefined when that is so now. */
  idle(): Promise<void> | undefined {
    if (this.#calls.size === 0) return undefined;
    return new Promise((resolve) => {
      this.#onIdle = resolve;
    });
  }

  /** Reads an option; an SO_ERROR that was given back comes first. */
  takeOption(option: OptionName): Outcome<OptionValue> {
    const kept = option === 'SO_ERROR' ? this.#keptError : undefined;
    if (kept !== undefined) {
      this.#keptError = undefined;
      return ok(kept);
    }
    const value = this.use((provider, s) => provider.getSockOpt(s, option));
    const isError = option === 'SO_ERROR' && this.#state === 'connected';
    if (isError && value.ok && typeof value.value === 'number') this.#observeCode(value.value);
    return value;
  }

  /** An SO_ERROR was read, and so cleared, but did not arrive: the next reader gets it. */
  keepError(value: OptionValue): void {
    if (value !== 0) this.#keptError = value;
  }

  #become(state: SocketState): void {
    const from = this.#state;
    if (from === state) return;
    this.#state = state;
    this.session.journal.stateChanged(this.id, from, state);
  }
}
