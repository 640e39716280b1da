import type { Address } from './addresses.js';
import { Batch, type BatchOptions } from './batch.js';
import { Calls } from './calls.js';
import { errorOfAnswer } from './errors.js';
import { type SubscribeOptions, Subscription } from './events.js';
import type { Fault, FaultRule } from './fault.js';
import { objectIn } from './json.js';
import type { About, ProviderName, FaultRule as RuleFromTheStart, SessionInfo } from './operations.gen.js';
import type { CallArguments, OperationName, Params, Result } from './operations.js';
import { Owner } from './owner.js';
import { pagesOf } from './pages.js';
import type { Platform } from './platform.js';
import { RpcConnection } from './rpc.js';
import {
  type ConnectedSocket,
  type ConnectOptions,
  type Ends,
  type ListenOptions,
  Session,
  type SocketOptions,
} from './session.js';
import type { Socket } from './socket.js';

/** What a session begins with. */
export interface SessionOptions {
  /** Of Winsock; `2.2` unless given. */
  readonly version?: string | undefined;
  /** Of its sockets that name none. */
  readonly provider?: ProviderName | undefined;
  /** The name of a network of the lab that sessions of the same owner share. */
  readonly labNetwork?: string | undefined;
  /** Rules that are armed from its first call on. */
  readonly faults?: readonly RuleFromTheStart[] | undefined;
}

/** The way to a daemon, which is open. */
export interface OpenRig<Connection, Listener> {
  readonly platform: Platform;
  readonly ends: Ends<Connection, Listener>;
  readonly calls: Calls;
  readonly about: About;
  readonly provider: ProviderName | undefined;
  readonly session: Session<Connection, Listener>;
  /** The sessions that it has begun, and that were open when it began the last one. */
  readonly sessions: Set<Session<Connection, Listener>>;
}

/**
 * Opens the way to a daemon, and begins a session.
 *
 * @throws RigLostError, RigError
 */
export const openRig = async <Connection, Listener>(
  platform: Platform,
  ends: Ends<Connection, Listener>,
  provider: ProviderName | undefined,
): Promise<OpenRig<Connection, Listener>> => {
  const about = await askAbout(platform);
  const connection = await RpcConnection.open(platform, about.limits.callsPerOwner);
  try {
    const calls = new Calls(connection, about.limits.waitSeconds);
    const session = await begin({ platform, ends, calls, provider }, {});
    return { platform, ends, calls, about, provider, session, sessions: new Set([session]) };
  } catch (error) {
    await connection.close();
    throw error;
  }
};

const askAbout = async (platform: Platform): Promise<About> => {
  const answer = await platform.get('/v1');
  const about = objectIn(new TextDecoder().decode(answer.body));
  if (answer.status === 200 && isAbout(about)) return about;
  throw errorOfAnswer(answer);
};

const isAbout = (value: unknown): value is About =>
  typeof value === 'object' && value !== null && 'limits' in value && 'clock' in value;

/** Begins a session that ends with the connection to the daemon. */
const begin = async <Connection, Listener>(
  rig: Omit<OpenRig<Connection, Listener>, 'about' | 'session' | 'sessions'>,
  { provider = rig.provider, ...options }: SessionOptions,
): Promise<Session<Connection, Listener>> => {
  const { calls, platform, ends } = rig;
  const answer = await calls.call('startup', { ...options, endWithConnection: true });
  return new Session(new Owner(calls, platform, answer.sessionId, provider), ends, answer.version);
};

/**
 * A daemon of winsockd. Its methods for sockets use `session`. With `await using` it is closed at the end of the
 * block. When it is closed, its sessions end, and with them their sockets; when its process dies, they do, too.
 */
export class Rig<Connection, Listener> {
  readonly #rig: OpenRig<Connection, Listener>;

  protected constructor(rig: OpenRig<Connection, Listener>) {
    this.#rig = rig;
  }

  /** The session of the methods for sockets. */
  get session(): Session<Connection, Listener> {
    return this.#rig.session;
  }

  /** What the daemon said of itself when the rig was opened: version, providers, limits, clock, owner. */
  get about(): About {
    return this.#rig.about;
  }

  /** Whether it was closed, or has lost its daemon. */
  get isClosed(): boolean {
    return this.#rig.calls.connection.isClosed;
  }

  /**
   * Makes a call, by the names of docs/operations.md. The daemon's own limit of a wait does not show.
   *
   * @throws WinsockError, RefusedError, RigLostError, the signal's reason
   */
  call<O extends OperationName>(
    operation: O,
    ...[params, options]: CallArguments<O, Params<O>>
  ): Promise<Result<O>> {
    return this.#rig.calls.call(operation, params ?? {}, options);
  }

  /**
   * Begins a session. It ends with the rig, or by `end`.
   *
   * @see https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-wsastartup
   */
  async beginSession(options: SessionOptions = {}): Promise<Session<Connection, Listener>> {
    const session = await begin(this.#rig, options);
    const { sessions } = this.#rig;
    for (const one of sessions) if (one.isEnded) sessions.delete(one);
    sessions.add(session);
    return session;
  }

  /** Connects to a TCP address: see `Session.connect`. */
  connect(address: Address, options?: ConnectOptions): Promise<Connection> {
    return this.session.connect(address, options);
  }

  /** Connects a socket to a TCP address, for calls instead of streams: see `Session.connectSocket`. */
  connectSocket(address: Address, options?: ConnectOptions): Promise<ConnectedSocket> {
    return this.session.connectSocket(address, options);
  }

  /** Opens a listening socket: see `Session.listen`. */
  listen(address: Address, options?: ListenOptions): Promise<Listener> {
    return this.session.listen(address, options);
  }

  /** Opens a socket: see `Session.socket`. */
  socket(options?: SocketOptions): Promise<Socket> {
    return this.session.socket(options);
  }

  /** Opens a datagram socket: see `Session.datagram`. */
  datagram(address?: Address, options?: Omit<SocketOptions, 'type'>): Promise<Socket> {
    return this.session.datagram(address, options);
  }

  /** Arms a fault that hits all sockets of `session`. */
  armFault(rule: FaultRule): Promise<Fault> {
    return this.session.armFault(rule);
  }

  /** A batch: calls that the daemon makes one after another, by one request. */
  batch(options: BatchOptions = {}): Batch {
    return new Batch(this.#rig.calls, options);
  }

  /** The sessions of this owner, also those of other programs. */
  sessions(): Promise<readonly SessionInfo[]> {
    const { calls } = this.#rig;
    return pagesOf(
      (cursor) => calls.call('listSessions', { cursor }),
      ({ sessions }) => sessions,
    );
  }

  /** The events of all sessions of this owner, from now on. */
  subscribe(options: SubscribeOptions = {}): Promise<Subscription> {
    return Subscription.open(this.#rig.calls, {}, options);
  }

  /** Ends the sessions of this rig and its connection to the daemon. Its calls that wait end with RigLostError. */
  async close(): Promise<void> {
    const { sessions, calls } = this.#rig;
    // One that cannot be ended has ended by itself, or with the daemon.
    await Promise.allSettled([...sessions].map((session) => session.end()));
    await calls.connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
