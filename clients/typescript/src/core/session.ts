import { type Address, resolved } from './addresses.js';
import { countDown } from './calls.js';
import { unlessGone } from './errors.js';
import { type SubscribeOptions, Subscription } from './events.js';
import { Fault, type FaultRule } from './fault.js';
import { journalOf } from './journal.js';
import type {
  InternetFamily,
  JournalEntry,
  LabClock,
  LabLink,
  Operations,
  SessionInfo,
  SocketAddress,
  SocketInfo,
} from './operations.gen.js';
import type { CallArguments, Loose, OperationWith, ParamsWithout, Result, Wait } from './operations.js';
import type { Owner } from './owner.js';
import { pagesOf } from './pages.js';
import { Relay } from './relay.js';
import { Socket } from './socket.js';

/** What sockets become in Node or in a browser. `Connection` and `Listener` are their types there. */
export interface Ends<Connection, Listener> {
  connection(connected: ConnectedSocket, options: ConnectionOptions): Connection;
  listener(socket: Socket, address: SocketAddress, options: ConnectionOptions): Listener;
}

/** The socket of a connection, and the addresses of its two ends, as far as they are known. */
export interface ConnectedSocket {
  readonly socket: Socket;
  readonly local: SocketAddress | undefined;
  readonly remote: SocketAddress | undefined;
}

export interface ConnectionOptions {
  /**
   * Whether this side may go on sending when the peer has ended its stream. Otherwise it then ends, too. False unless
   * given, as in `node:net`. In a browser the two streams are independent in any case.
   */
  readonly allowHalfOpen?: boolean | undefined;
}

/** What a socket is opened with: family, type, protocol, provider, faults, capture. */
export type SocketOptions = Loose<Omit<Operations['socket']['params'], 'sessionId'>>;

/** The options of a connection's socket. */
type StreamOptions = Omit<SocketOptions, 'family' | 'type' | 'protocol' | 'catalogEntryId'>;

export interface ConnectOptions extends Wait, ConnectionOptions, StreamOptions {
  /** The address to bind to before. */
  readonly localAddress?: Address | undefined;
}

export interface ListenOptions extends ConnectionOptions, StreamOptions {
  /** How many connections may wait. */
  readonly backlog?: number | undefined;
}

/** A session: what a process is to Winsock. It owns sockets, faults, relays and a journal. */
export class Session<Connection, Listener> {
  /** The id, `ses_...`. */
  readonly id: string;
  /** The negotiated version of Winsock. */
  readonly version: string;
  readonly #owner: Owner;
  readonly #ends: Ends<Connection, Listener>;

  constructor(owner: Owner, ends: Ends<Connection, Listener>, version: string) {
    this.#owner = owner;
    this.#ends = ends;
    this.id = owner.sessionId;
    this.version = version;
  }

  /** Whether it was ended here, or its rig is closed or lost. */
  get isEnded(): boolean {
    return this.#owner.isEnded || this.#owner.calls.connection.isClosed;
  }

  /** Makes a call with the id of this session, by the names of docs/operations.md. */
  call<O extends OperationWith<'sessionId'>>(
    operation: O,
    ...[params, options]: CallArguments<O, ParamsWithout<O, 'sessionId'>>
  ): Promise<Result<O>> {
    return this.#owner.calls.call(operation, { ...params, sessionId: this.id }, options);
  }

  /**
   * Opens a socket: a stream of AF_INET, unless the options say otherwise.
   *
   * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasocketw
   */
  async socket(options: SocketOptions = {}): Promise<Socket> {
    const { type = 'SOCK_STREAM', provider = this.#owner.provider, catalogEntryId } = options;
    const { family = catalogEntryId === undefined ? 'AF_INET' : undefined } = options;
    const params = { ...options, family, type, provider, sessionId: this.id };
    const { socketId } = await this.#owner.calls.call('socket', params);
    return new Socket(this.#owner, socketId, type);
  }

  /** Opens a datagram socket. @param address bound to, if given; port 0 is any free one */
  async datagram(address?: Address, options: Omit<SocketOptions, 'type'> = {}): Promise<Socket> {
    const [found] = address === undefined ? [] : await resolved(this.#owner, address, 'SOCK_DGRAM');
    const socket = await this.socket({ family: found?.family, ...options, type: 'SOCK_DGRAM' });
    if (found !== undefined) await closedOnFailure(socket, socket.bind(found));
    return socket;
  }

  /**
   * Connects to a TCP address. Each address of a name is tried.
   *
   * @throws WinsockError, RefusedError, RigLostError, the signal's reason. Then no socket is left open
   */
  async connect(address: Address, options: ConnectOptions = {}): Promise<Connection> {
    return this.#ends.connection(await this.connectSocket(address, options), options);
  }

  /** As `connect`, but for calls, such as `recv` and `send`, instead of streams. */
  async connectSocket(address: Address, options: ConnectOptions = {}): Promise<ConnectedSocket> {
    const { signal, timeoutMs, localAddress, allowHalfOpen: _, ...opened } = options;
    const left = countDown(timeoutMs);
    let failure: unknown = new RangeError('the name has no address');
    for (const target of await resolved(this.#owner, address, 'SOCK_STREAM', { signal, timeoutMs })) {
      const socket = await this.socket({ ...opened, family: target.family });
      try {
        if (localAddress !== undefined) await socket.bind(localAddress);
        const { localAddress: local, remoteAddress: remote } = await socket.connect(target, {
          signal,
          ...left(),
        });
        return { socket, local, remote };
      } catch (error) {
        failure = error;
        await socket.closeIfOpen();
        signal?.throwIfAborted();
      }
    }
    throw failure;
  }

  /** Opens a listening socket. @param address port 0 is any free one */
  async listen(address: Address, options: ListenOptions = {}): Promise<Listener> {
    const { backlog, allowHalfOpen, ...opened } = options;
    const [target] = await resolved(this.#owner, address, 'SOCK_STREAM');
    if (target === undefined) throw new RangeError('the name has no address');
    const socket = await this.socket({ ...opened, family: target.family });
    const bound = await closedOnFailure(socket, socket.bind(target));
    await closedOnFailure(socket, socket.listen(backlog));
    return this.#ends.listener(socket, bound, { allowHalfOpen });
  }

  /** Arms a fault that hits all sockets of the session. */
  armFault(rule: FaultRule): Promise<Fault> {
    return Fault.arm(this.#owner, rule);
  }

  /** The rules that are armed in the session. */
  async faults(): Promise<readonly Fault[]> {
    const { faults } = await this.call('listFaults');
    return faults.map(({ faultId }) => new Fault(this.#owner, faultId));
  }

  /** Its relays. */
  async relays(): Promise<readonly Relay[]> {
    const { relays } = await this.call('listRelays');
    return relays.map(({ relayId }) => new Relay(this.#owner, relayId));
  }

  /** Every call of the session with its outcome, the oldest first. */
  journal(): Promise<readonly JournalEntry[]> {
    return journalOf(this.#owner.calls, 'getSessionJournal', { sessionId: this.id });
  }

  /** What the daemon knows of the session. */
  info(): Promise<SessionInfo> {
    return this.call('getSession');
  }

  /** Its open sockets, the oldest first. */
  sockets(): Promise<readonly SocketInfo[]> {
    return pagesOf(
      (cursor) => this.call('listSockets', { cursor }),
      ({ sockets }) => sockets,
    );
  }

  /** The addresses of a name. @see https://learn.microsoft.com/windows/win32/api/ws2tcpip/nf-ws2tcpip-getaddrinfow */
  async lookup(
    node: string,
    options: Wait & { family?: InternetFamily } = {},
  ): Promise<readonly SocketAddress[]> {
    const { family, signal, timeoutMs } = options;
    const params = { node, family, timeoutMs, provider: this.#owner.provider };
    const { addresses } = await this.call('getAddrInfo', params, { signal });
    return addresses.map(({ address }) => address);
  }

  /** The events of this session, from now on. */
  subscribe(options: SubscribeOptions = {}): Promise<Subscription> {
    return Subscription.open(this.#owner.calls, { sessionId: this.id }, options);
  }

  /** Removes all faults and ends all relays of the session. */
  async reset(): Promise<void> {
    await this.call('resetSession');
  }

  /** Sets the network of the lab. @returns the whole link */
  setLabLink(link: ParamsWithout<'setLabLink', 'sessionId'>): Promise<LabLink> {
    return this.call('setLabLink', link);
  }

  /** Moves the clock of the lab. @returns its time and how many events ran */
  advanceLabClock(advanceMs: number): Promise<LabClock> {
    return this.call('advanceLabClock', { advanceMs });
  }

  /** Ends the session: its sockets close, its calls end. Ending it again does nothing. */
  end(): Promise<void> {
    return this.#owner.end();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return unlessGone(this.end());
  }
}

/** The outcome of a call; when it fails, the socket is closed. */
const closedOnFailure = async <T>(socket: Socket, outcome: Promise<T>): Promise<T> => {
  try {
    return await outcome;
  } catch (error) {
    await socket.closeIfOpen();
    throw error;
  }
};
