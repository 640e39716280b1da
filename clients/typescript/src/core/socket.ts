import { type Address, resolved } from './addresses.js';
import { countDown } from './calls.js';
import { errorOfAnswer, unlessGone } from './errors.js';
import { type SubscribeOptions, Subscription } from './events.js';
import { Fault, type FaultRule } from './fault.js';
import { journalOf } from './journal.js';
import type {
  JournalEntry,
  OptionValue,
  ShutdownHow,
  SocketAddress,
  SocketInfo,
  SocketType,
} from './operations.gen.js';
import type {
  CallArguments,
  CallOptions,
  ParamsWithout,
  Result,
  SocketOperation,
  Wait,
} from './operations.js';
import type { Owner } from './owner.js';
import { type Datagram, Receiving, type RecvOptions } from './receiving.js';
import { Relay, type RelayOptions } from './relay.js';
import { bytesOf, Sending, type SendOptions } from './sending.js';

/** A connection that was accepted, with the address of its peer. */
export interface AcceptedSocket {
  readonly socket: Socket;
  readonly remote: SocketAddress;
}

/**
 * A socket of a session, with Winsock's calls. Each that waits takes `signal` and `timeoutMs`. When one of them ends
 * a receive or an accept that has taken something all the same, the next one gets it. With `await using` it is closed
 * at the end of the block.
 */
export class Socket {
  /** The id, `sck_...`. */
  readonly id: string;
  readonly type: SocketType;
  readonly #owner: Owner;
  readonly #receiving: Receiving;
  readonly #sending: Sending;
  #closing: Promise<void> | undefined;

  constructor(owner: Owner, id: string, type: SocketType) {
    this.#owner = owner;
    this.id = id;
    this.type = type;
    const { platform, calls } = owner;
    const call = <O extends SocketOperation>(operation: O, params: object, options?: CallOptions<O>) =>
      this.#call(operation, params, options);
    this.#receiving = new Receiving(call, platform, calls.waitMs, (socketId) => this.#drop(socketId));
    this.#sending = new Sending(call, platform, type === 'SOCK_STREAM');
  }

  /** Whether this side has closed it, or has ended its session or rig: then its calls fail as they should. */
  get isOver(): boolean {
    return this.#closing !== undefined || this.#owner.isEnded;
  }

  /**
   * Makes a call with the id of this socket, by the names of docs/operations.md. What `recv`, `recvFrom` and
   * `accept` had kept, the methods of these names give, not this one.
   */
  call<O extends SocketOperation>(
    operation: O,
    ...[params, options]: CallArguments<O, ParamsWithout<O, 'socketId'>>
  ): Promise<Result<O>> {
    return this.#call(operation, params ?? {}, options);
  }

  #call<O extends SocketOperation>(
    operation: O,
    params: object,
    options?: CallOptions<O>,
  ): Promise<Result<O>> {
    return this.#owner.calls.call(operation, { ...params, socketId: this.id }, options);
  }

  /**
   * Gives the socket a local address. Port 0 is any free one.
   *
   * @see https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-bind
   */
  async bind(address: Address): Promise<SocketAddress> {
    return (await this.#call('bind', { address: await this.#resolved(address, {}) })).localAddress;
  }

  /**
   * Makes the socket, which must be bound, take connections.
   *
   * @param backlog how many may wait
   * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-listen
   */
  async listen(backlog = 128): Promise<void> {
    await this.#call('listen', { backlog });
  }

  /**
   * Connects. A time-out ends the wait, not the attempt, which only `close` ends.
   *
   * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-connect
   */
  async connect(address: Address, { signal, timeoutMs }: Wait = {}): Promise<Result<'connect'>> {
    const left = countDown(timeoutMs);
    const found = await this.#resolved(address, { signal, timeoutMs });
    return this.#call('connect', { address: found, ...left() }, { signal });
  }

  /**
   * Takes a connection that has come.
   *
   * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-accept
   */
  async accept(wait: Wait = {}): Promise<AcceptedSocket> {
    const { socketId, remoteAddress } = await this.#receiving.accept(wait);
    return { socket: new Socket(this.#owner, socketId, 'SOCK_STREAM'), remote: remoteAddress };
  }

  /**
   * Sends all bytes. Those of a stream go in pieces of 256 KiB, and sends of several callers do not mix.
   *
   * @param data a text is sent as UTF-8
   * @returns how many bytes they were
   * @throws PartlySentError if the signal ended it after a part; RigError with `bytesSent`
   * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasend
   */
  send(data: Uint8Array | string, options: SendOptions = {}): Promise<number> {
    return this.#sending.send(bytesOf(data), options);
  }

  /**
   * Receives bytes of a stream, or a datagram; in Node they are a Buffer. None: the peer has ended its stream.
   *
   * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsarecv
   */
  recv(options: RecvOptions = {}): Promise<Uint8Array> {
    return this.#receiving.recv(options);
  }

  /**
   * Sends a datagram to an address.
   *
   * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasendto
   */
  async sendTo(data: Uint8Array | string, address: Address, options: SendOptions = {}): Promise<number> {
    const { flags, signal, timeoutMs } = options;
    const left = countDown(timeoutMs);
    const to = await this.#resolved(address, { signal, timeoutMs });
    const base64 = this.#owner.platform.toBase64(bytesOf(data));
    const params = { data: { base64 }, address: to, flags, ...left() };
    return (await this.#call('sendTo', params, { signal })).bytesSent;
  }

  /**
   * Receives a datagram and the address of its sender.
   *
   * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsarecvfrom
   */
  recvFrom(options: RecvOptions = {}): Promise<Datagram> {
    return this.#receiving.recvFrom(options);
  }

  /**
   * Ends directions of the connection. After SD_SEND the peer reads every byte and then the end.
   *
   * @see https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-shutdown
   */
  async shutdown(how: ShutdownHow): Promise<void> {
    await this.#call('shutdown', { how });
  }

  /**
   * Stops sending and begins the end of the connection. The socket goes on receiving.
   *
   * @param data disconnect data, for a provider that carries it
   * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasenddisconnect
   */
  async sendDisconnect(data?: Uint8Array | string): Promise<void> {
    const disconnectData =
      data === undefined ? undefined : { base64: this.#owner.platform.toBase64(bytesOf(data)) };
    await this.#call('sendDisconnect', { disconnectData });
  }

  /**
   * Stops receiving, and fetches the disconnect data of the peer.
   *
   * @returns undefined if there are none
   * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsarecvdisconnect
   */
  async recvDisconnect(): Promise<Uint8Array | undefined> {
    const { disconnectData } = await this.#call('recvDisconnect', {});
    return disconnectData && this.#owner.platform.fromBase64(disconnectData.base64);
  }

  /** Ends the calls that wait on the socket (WSA_OPERATION_ABORTED). @returns how many */
  async cancel(): Promise<number> {
    return (await this.#call('cancel', {})).cancelled;
  }

  /** The local address. A socket that is not bound has none: WSAEINVAL. */
  async localAddress(): Promise<SocketAddress> {
    return (await this.#call('getSockName', {})).address;
  }

  /** The address of the peer. */
  async remoteAddress(): Promise<SocketAddress> {
    return (await this.#call('getPeerName', {})).address;
  }

  /** What the daemon knows of the socket: its state, what has ended, its provider. */
  info(): Promise<SocketInfo> {
    return this.#call('getSocket', {});
  }

  /**
   * The value of an option, such as `SOL_SOCKET`, `SO_RCVBUF`.
   *
   * @see https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-getsockopt
   */
  async getOption(level: string, name: string): Promise<OptionValue> {
    return (await this.#call('getSockOpt', { level, name })).value;
  }

  /**
   * Sets an option.
   *
   * @param value a boolean, a number, or the member of its type, such as `{ linger: { onoff: true, linger: 0 } }`
   * @see https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-setsockopt
   */
  async setOption(level: string, name: string, value: boolean | number | OptionValue): Promise<void> {
    await this.#call('setSockOpt', { level, name, value: optionValue(value) });
  }

  /** Arms a fault that hits this socket only. */
  armFault(rule: FaultRule): Promise<Fault> {
    return Fault.arm(this.#owner, rule, this.id);
  }

  /** Joins every connection to this listening socket to one to an upstream address. */
  async startRelay(upstream: Address, options: RelayOptions = {}): Promise<Relay> {
    const { relayId } = await this.#call('startRelay', {
      ...options,
      upstream: await this.#resolved(upstream, {}),
    });
    return new Relay(this.#owner, relayId);
  }

  /** Every call of the socket with its outcome, the oldest first. */
  journal(): Promise<readonly JournalEntry[]> {
    return journalOf(this.#owner.calls, 'getSocketJournal', { socketId: this.id });
  }

  /** A file for Wireshark (pcapng) with what was captured: see the option `capture` of the methods that open sockets. */
  async capture(): Promise<Uint8Array> {
    const answer = await this.#owner.platform.get(`/v1/sockets/${this.id}/journal.pcapng`);
    if (answer.status === 200) return answer.body;
    throw errorOfAnswer(answer);
  }

  /** The events of this socket, from now on until its session ends. */
  subscribe(options: SubscribeOptions = {}): Promise<Subscription> {
    return Subscription.open(this.#owner.calls, { socketId: this.id }, options);
  }

  /**
   * Closes the socket. Its calls that wait end with WSAEINTR. It waits as SO_LINGER says. Closing it again does
   * nothing, unless it failed.
   *
   * @see https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-closesocket
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Closes the socket, unless it has ended with its session or its daemon. */
  closeIfOpen(): Promise<void> {
    return unlessGone(this.close());
  }

  async #close(): Promise<void> {
    this.#receiving.end();
    try {
      await this.#call('close', {});
    } catch (error) {
      this.#closing = undefined;
      throw error;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.closeIfOpen();
  }

  #drop(socketId: string): void {
    // If it cannot be closed, nobody can be told; it ends with its session.
    new Socket(this.#owner, socketId, 'SOCK_STREAM').close().catch(() => undefined);
  }

  async #resolved(address: Address, wait: Wait): Promise<SocketAddress> {
    const [first] = await resolved(this.#owner, address, this.type, wait);
    if (first === undefined) throw new RangeError('the name has no address');
    return first;
  }
}

const optionValue = (value: boolean | number | OptionValue): OptionValue => {
  if (typeof value === 'boolean') return { boolean: value };
  return typeof value === 'number' ? { integer: value } : value;
};
