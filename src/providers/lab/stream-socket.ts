import type { InternetAddress, SocketAddress } from '../../winsock/addresses.js';
import type { ShutdownHow } from '../../winsock/constants.js';
import type { WsaName } from '../../winsock/errors.js';
import { FIRST_SEND_BACKLOG, type PlainIoctl } from '../../winsock/ioctls.js';
import type { OptionName, OptionValue } from '../../winsock/options.js';
import { done, fail, type Outcome, ok } from '../../winsock/outcome.js';
import type { Connected, KeepAliveValues, Offer, Readiness, Received } from '../provider.js';
import { dataRefused, nonEmpty } from './connect-and-disconnect-data.js';
import { ConnectAttempt, type Dial } from './connect-attempt.js';
import type { ConnectFailure } from './connect-failure.js';
import { isBroadcastOrMulticast, sameEndpoint, sourceTowards, wireForm } from './endpoints.js';
import { isPeek, LabSocket, receivable, sendable } from './lab-socket.js';
import { type IncomingCall, ListenQueue } from './listen-queue.js';
import type { StreamOwner } from './network.js';
import type { StreamEnd } from './stream-end.js';
import { ALL_READY } from './watches.js';

interface Connection {
  readonly kind: 'connected';
  readonly local: InternetAddress;
  readonly peer: InternetAddress;
  readonly end: StreamEnd;
  readonly calleeData: Uint8Array | undefined;
}

/** A new socket and a bound one are idle; a failed connect returns to idle. */
type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'listening'; readonly queue: ListenQueue }
  | { readonly kind: 'connecting'; readonly attempt: ConnectAttempt }
  | Connection;

const IDLE: State = { kind: 'idle' };
const NOTHING: Readiness = Object.freeze({});

/** A connection-oriented socket of the lab, with the states of Winsock. */
export class StreamSocket extends LabSocket implements StreamOwner {
  readonly stream = true;
  protected readonly ports = this.network.streams(this.entry.protocol);
  #state: State = IDLE;
  /** The failure of the last connect, until one succeeds. */
  #failure: ConnectFailure | undefined;
  #connectedAt = 0;

  get acceptor(): ListenQueue | undefined {
    return this.#state.kind === 'listening' ? this.#state.queue : undefined;
  }

  isConnectedTo(peer: InternetAddress): boolean {
    return this.#ends !== undefined && sameEndpoint(this.#ends.peer, peer);
  }

  protected get local(): InternetAddress | undefined {
    return this.#ends?.local ?? this.held?.address;
  }

  protected get peer(): InternetAddress | undefined {
    return this.#ends?.peer;
  }

  /** As on Windows, a socket that was never connected is not ready, though its calls would fail at once. */
  get readiness(): Readiness {
    const state = this.#state;
    if (state.kind === 'listening') return { read: state.queue.length > 0 };
    if (state.kind === 'connected') return state.end.readiness;
    return this.hasFailed ? ALL_READY : NOTHING;
  }

  /** The last connect failed, and no other one is pending. The socket may be listening. */
  get hasFailed(): boolean {
    return this.#failure !== undefined && this.#state.kind !== 'connecting';
  }

  get connectError(): WsaName | undefined {
    return this.#failure?.code;
  }

  get listening(): boolean {
    return this.#state.kind === 'listening';
  }

  get receiveShut(): boolean {
    return this.#state.kind === 'connected' && this.#state.end.receiveShut;
  }

  get connectedFor(): number | undefined {
    return this.#state.kind === 'connected' ? this.network.clock.now() - this.#connectedAt : undefined;
  }

  override ioctl(request: PlainIoctl, members: readonly number[]): Outcome<number | undefined> {
    if (request !== 'SIO_IDEAL_SEND_BACKLOG_QUERY') return super.ioctl(request, members);
    return this.#state.kind === 'connected' ? ok(FIRST_SEND_BACKLOG) : fail('WSAENOTCONN', 'WSAIoctl');
  }

  setKeepAlive(values: KeepAliveValues): Outcome<void> {
    this.options.keepAliveTimes = { idleMs: values.keepalivetime, intervalMs: values.keepaliveinterval };
    // This also notifies the connection.
    return this.setSockOpt('SO_KEEPALIVE', values.onoff);
  }

  get unsent(): number {
    return this.#state.kind === 'connected' ? this.#state.end.unsent : 0;
  }

  listen(backlog: number): Outcome<void> {
    const call = 'listen';
    const { kind } = this.#state;
    if (kind === 'listening') return done;
    if (kind === 'connected') return fail('WSAEISCONN', call);
    if (kind === 'connecting' || !this.held) return fail('WSAEINVAL', call);
    const queue = new ListenQueue(backlog, this.family, this.options, this.network.memory, () =>
      this.watches.check(),
    );
    this.#state = { kind: 'listening', queue };
    return done;
  }

  accept(calleeData?: Uint8Array, only?: Offer['id']): Outcome<{ socket: StreamSocket; offer: Offer }> {
    const call = 'WSAAccept';
    if (this.#state.kind !== 'listening') return fail('WSAEINVAL', call);
    const refused = dataRefused(calleeData, this.entry.connectDataLimit, 'WSAEOPNOTSUPP', call);
    if (refused) return refused;
    const taken = this.#state.queue.take(only);
    if (!taken.ok) return taken;
    const { offer, call: incoming } = taken.value;
    const socket = new StreamSocket(this.network, this.entry, this.options.inherited());
    socket.#begin(incoming);
    incoming.confirm(calleeData);
    return ok({ socket, offer });
  }

  firstOffer(): Outcome<Offer> {
    if (this.#state.kind !== 'listening') return fail('WSAEINVAL', 'WSAAccept');
    const first = this.#state.queue.first();
    return first.ok ? ok(first.value.offer) : first;
  }

  rejectOffer(disconnectData?: Uint8Array, only?: Offer['id']): Outcome<Offer> {
    const call = 'WSAAccept';
    const refused = dataRefused(disconnectData, this.entry.disconnectDataLimit, 'WSAENOPROTOOPT', call);
    if (refused) return refused;
    if (this.#state.kind !== 'listening') return fail('WSAEINVAL', call);
    return this.#state.queue.reject(nonEmpty(disconnectData?.slice()), only);
  }

  connect(to: SocketAddress, callerData: Uint8Array | undefined): Outcome<Connected> {
    const call = 'WSAConnect';
    if (to.family !== this.family) return fail('WSAEFAULT', call);
    const refused = dataRefused(callerData, this.entry.connectDataLimit, 'WSAEPROTONOSUPPORT', call);
    if (refused) return refused;
    if (this.#state.kind === 'listening') return fail('WSAEINVAL', call);
    if (this.#state.kind === 'connecting') return fail('WSAEALREADY', call);
    if (this.#state.kind === 'connected') return fail('WSAEISCONN', call);
    const peer = wireForm(to);
    if (peer.port === 0 || isBroadcastOrMulticast(peer) || !this.isDestination(peer))
      return fail('WSAEADDRNOTAVAIL', call);
    const borrowed = !this.bound;
    const bound = this.bindIfUnbound(call);
    if (!bound.ok) return bound;
    const local = sourceTowards(peer, bound.value.address);
    if (this.ports.at(local).some((owner) => owner !== this && owner.isConnectedTo(peer))) {
      return fail('WSAEADDRINUSE', call, { detail: 'another socket connects these two addresses already.' });
    }
    const { protocol } = this.entry;
    this.options.errorSet = undefined;
    this.#start({ protocol, local, peer, callerData: callerData?.slice(), options: this.options }, borrowed);
    return fail('WSAEWOULDBLOCK', call);
  }

  finishConnect(): Outcome<Connected> {
    const call = 'WSAConnect';
    if (this.#state.kind === 'connecting') return fail('WSAEWOULDBLOCK', call);
    if (this.#state.kind === 'connected') {
      const { calleeData } = this.#state;
      return ok(calleeData ? { calleeData } : {});
    }
    return fail(this.#failure?.code ?? 'WSAENOTCONN', call);
  }

  send(data: Uint8Array, flags: number): Outcome<number> {
    const call = 'WSASend';
    if (!sendable(flags)) return fail('WSAEOPNOTSUPP', call);
    if (this.#state.kind !== 'connected') return fail('WSAENOTCONN', call);
    return this.#state.end.send(data, call);
  }

  /** Ignores the address, as Winsock does on a connection-oriented socket. */
  sendTo(data: Uint8Array, flags: number): Outcome<number> {
    return this.send(data, flags);
  }

  recv(into: Uint8Array, flags: number): Outcome<Received> {
    const call = 'WSARecv';
    if (!receivable(flags)) return fail('WSAEOPNOTSUPP', call);
    if (this.#state.kind !== 'connected') return fail('WSAENOTCONN', call);
    return this.#state.end.recv(into, isPeek(flags), call);
  }

  recvFrom(into: Uint8Array, flags: number): Outcome<Received> {
    return this.recv(into, flags);
  }

  shutdown(how: ShutdownHow, unread: number): Outcome<void> {
    if (this.#state.kind !== 'connected') return fail('WSAENOTCONN', 'shutdown');
    return this.#state.end.shutdown(how, unread);
  }

  sendDisconnect(data: Uint8Array | undefined): Outcome<void> {
    const call = 'WSASendDisconnect';
    // Checked before any change of state: nothing is shut down when the data cannot travel.
    const refused = dataRefused(data, this.entry.disconnectDataLimit, 'WSAENOPROTOOPT', call);
    if (refused) return refused;
    if (this.#state.kind !== 'connected') return fail('WSAENOTCONN', call);
    return this.#state.end.sendDisconnect(data, call);
  }

  recvDisconnect(room: number | undefined, unread: number): Outcome<Uint8Array | undefined> {
    const call = 'WSARecvDisconnect';
    const refused = this.#state.kind === 'idle' ? this.#failure?.recvDisconnect(room, call) : undefined;
    if (refused) return refused;
    if (this.#state.kind !== 'connected') return fail('WSAENOTCONN', call);
    return this.#state.end.recvDisconnect(room, unread, call);
  }

  available(): Outcome<number> {
    if (this.#state.kind === 'listening') return fail('WSAEINVAL', 'ioctlsocket');
    return ok(this.#state.kind === 'connected' ? this.#state.end.available : 0);
  }

  get waiting(): number {
    const state = this.#state;
    if (state.kind === 'listening') return state.queue.length;
    return state.kind === 'connected' ? state.end.available : 0;
  }

  override setSockOpt(option: OptionName, value: OptionValue): Outcome<void> {
    const outcome = super.setSockOpt(option, value);
    if (outcome.ok && this.#state.kind === 'connected') this.#state.end.optionsChanged();
    return outcome;
  }

  protected release(graceful: boolean): void {
    const state = this.#state;
    this.#state = IDLE;
    if (state.kind === 'listening') state.queue.turnAwayAll();
    if (state.kind === 'connecting') state.attempt.cancel();
    if (state.kind === 'connected' && graceful) state.end.close();
    if (state.kind === 'connected' && !graceful) state.end.abort();
  }

  /** The two addresses of a connection or a pending connect. */
  get #ends(): { readonly local: InternetAddress; readonly peer: InternetAddress } | undefined {
    if (this.#state.kind === 'connecting') return this.#state.attempt.dial;
    return this.#state.kind === 'connected' ? this.#state : undefined;
  }

  /** @param borrowed the local address was claimed for this attempt, and is released when it fails */
  #start(dial: Dial, borrowed: boolean): void {
    const { local, peer } = dial;
    const attempt = new ConnectAttempt(this.network, dial, {
      connected: (end, calleeData) =>
        this.#become({ kind: 'connected', local, peer, end, calleeData: nonEmpty(calleeData?.slice()) }),
      failed: (failure) => {
        if (borrowed) this.unbind();
        this.#state = IDLE;
        this.#failure = failure;
        this.watches.check();
      },
    });
    this.#state = { kind: 'connecting', attempt };
  }

  /** Begins as the accepting side of a call. */
  #begin(incoming: IncomingCall): void {
    const { from, to, end } = incoming;
    if (this.options.sharing === 'exclusive') {
      // The port of an exclusive listener stays in use until its connections have ended.
      this.held = this.ports.hold(this, { address: to, dual: false, sharing: 'connection' });
    }
    this.#become({ kind: 'connected', local: to, peer: from, end, calleeData: undefined });
  }

  #become(connection: Connection): void {
    this.#state = connection;
    this.#failure = undefined;
    this.#connectedAt = this.network.clock.now();
    connection.end.attach(this.options, () => this.watches.check());
    this.watches.check();
  }
}
