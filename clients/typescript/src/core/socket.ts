import { type Address, resolved } from './addresses.js';
import { countDown } from './calls.js';
import { errorOf, isProblem, PartlySentError, RigError, RigLostError } from './errors.js';
import { type SubscribeOptions, Subscription } from './events.js';
import { Fault, type FaultRule } from './fault.js';
import { journalOf } from './journal.js';
import { objectIn } from './json.js';
import { Lane } from './lane.js';
import type {
  JournalEntry,
  OptionValue,
  RecvFlag,
  SendFlag,
  ShutdownHow,
  SocketAddress,
  SocketInfo,
  SocketType,
} from './operations.gen.js';
import type { CallArguments, CallOptions, OperationWith, ParamsWithout, Result, Wait } from './operations.js';
import type { Owner } from './owner.js';
import { Relay, type RelayOptions } from './relay.js';

/** Bytes that one call of the daemon sends at most. */
const PIECE_BYTES = 256 * 1024;

/** Bytes that a receive takes at most, unless it says otherwise. */
const RECV_BYTES = 64 * 1024;

export interface SendOptions extends Wait {
  readonly flags?: readonly SendFlag[] | undefined;
}

export interface RecvOptions extends Wait {
  /** Most bytes to take; 65,536 unless given, at most 4 MiB. */
  readonly maxBytes?: number | undefined;
  readonly flags?: readonly RecvFlag[] | undefined;
}

/** A connection that was accepted, with the address of its peer. */
export interface AcceptedSocket {
  readonly socket: Socket;
  readonly remote: SocketAddress;
}

/** A datagram that was received. */
export interface Datagram {
  readonly data: Uint8Array;
  /** Its sender. */
  readonly address: SocketAddress | undefined;
  /** Whether it was longer than `maxBytes`; its rest is lost. */
  readonly truncated: boolean;
}

/** Everything that has `socketId` among its parameters. */
type SocketOperation = OperationWith<'socketId'>;

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
  readonly #receiving = new Lane();
  readonly #sending = new Lane();
  /** Bytes of the stream that a call took that was given up. */
  #keptBytes: Uint8Array = new Uint8Array();
  /** Datagrams, in the same way: there is at most one. */
  readonly #keptDatagrams: Result<'recvFrom'>[] = [];
  /** Connections, in the same way. */
  readonly #keptConnections: Result<'accept'>[] = [];
  #closing: Promise<void> | undefined;

  constructor(owner: Owner, id: string, type: SocketType) {
    this.#owner = owner;
    this.id = id;
    this.type = type;
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
  accept(wait: Wait = {}): Promise<AcceptedSocket> {
    return this.#receiving.run(wait, async ({ signal, timeoutMs }) => {
      const keep = (result: Result<'accept'>) => this.#keepConnection(result);
      const accepted =
        this.#keptConnections.shift() ??
        (await this.#call('accept', { timeoutMs }, { signal, onCrossed: keep }));
      return {
        socket: new Socket(this.#owner, accepted.socketId, 'SOCK_STREAM'),
        remote: accepted.remoteAddress,
      };
    });
  }

  /**
   * Sends all bytes. Those of a stream go in pieces of 256 KiB, and sends of several callers do not mix.
   *
   * @param data a text is sent as UTF-8
   * @returns how many bytes they were
   * @throws PartlySentError if the signal ended it after a part; RigError with `bytesSent`
   * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasend
   */
  send(data: Uint8Array | string, { flags, ...wait }: SendOptions = {}): Promise<number> {
    const bytes = bytesOf(data);
    const most = this.type === 'SOCK_STREAM' ? PIECE_BYTES : bytes.length;
    return this.#sending.run(wait, async ({ signal, timeoutMs }) => {
      const left = countDown(timeoutMs);
      let sent = 0;
      const count = ({ bytesSent }: Result<'send'>) => {
        sent += bytesSent;
      };
      try {
        do {
          const base64 = this.#owner.platform.toBase64(bytes.subarray(sent, sent + most));
          count(
            await this.#call('send', { data: { base64 }, flags, ...left() }, { signal, onCrossed: count }),
          );
        } while (sent < bytes.length);
      } catch (error) {
        if (sent === 0) throw error;
        if (error instanceof RigError) throw errorOf(error.problem, sent);
        if (signal?.aborted) throw new PartlySentError(sent, error);
        throw error;
      }
      return sent;
    });
  }

  /**
   * Receives bytes of a stream, or a datagram; in Node they are a Buffer. None: the peer has ended its stream.
   *
   * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsarecv
   */
  recv({ maxBytes = RECV_BYTES, flags = [], ...wait }: RecvOptions = {}): Promise<Uint8Array> {
    const peeks = flags.includes('MSG_PEEK');
    const isUrgent = flags.includes('MSG_OOB');
    return this.#receiving.run(wait, async ({ signal, timeoutMs }) => {
      if (this.#keptBytes.length > 0 && !isUrgent) {
        const kept = this.#keptBytes.subarray(0, maxBytes);
        const isEnough = kept.length === maxBytes || peeks || !flags.includes('MSG_WAITALL');
        if (!peeks) this.#keptBytes = this.#keptBytes.subarray(kept.length);
        if (isEnough) return kept;
        return this.#withRest(kept, { maxBytes, flags, signal, timeoutMs });
      }
      return this.#received({ maxBytes, flags, signal, timeoutMs });
    });
  }

  /** What was kept, and the rest that MSG_WAITALL wants beside it. */
  async #withRest(kept: Uint8Array, { maxBytes = 0, ...options }: RecvOptions): Promise<Uint8Array> {
    try {
      return this.#owner.platform.join(
        kept,
        await this.#received({ ...options, maxBytes: maxBytes - kept.length }),
      );
    } catch (error) {
      this.#keptBytes = this.#owner.platform.join(kept, this.#keptBytes);
      throw error;
    }
  }

  async #received({ maxBytes, flags, signal, timeoutMs }: RecvOptions): Promise<Uint8Array> {
    const keep = ({ data }: Result<'recv'>) => {
      this.#keptBytes = this.#owner.platform.join(
        this.#keptBytes,
        this.#owner.platform.fromBase64(data.base64),
      );
    };
    // What was peeked at is still in the socket; an urgent byte has no place among those of the stream.
    const isKept = !flags?.some((flag) => flag === 'MSG_PEEK' || flag === 'MSG_OOB');
    const onCrossed = isKept ? keep : undefined;
    const { data } = await this.#call('recv', { maxBytes, flags, timeoutMs }, { signal, onCrossed });
    return this.#owner.platform.fromBase64(data.base64);
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
  recvFrom({ maxBytes = RECV_BYTES, flags = [], ...wait }: RecvOptions = {}): Promise<Datagram> {
    const peeks = flags.includes('MSG_PEEK');
    return this.#receiving.run(wait, async ({ signal, timeoutMs }) => {
      const keep = (result: Result<'recvFrom'>) => this.#keptDatagrams.push(result);
      const onCrossed = peeks ? undefined : keep;
      const kept = peeks ? this.#keptDatagrams[0] : this.#keptDatagrams.shift();
      const params = { maxBytes, flags, timeoutMs };
      const { data, address, truncated } =
        kept ?? (await this.#call('recvFrom', params, { signal, onCrossed }));
      const bytes = this.#owner.platform.fromBase64(data.base64);
      return { data: bytes.subarray(0, maxBytes), address, truncated: truncated || bytes.length > maxBytes };
    });
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
    const { status, body } = await this.#owner.platform.get(`/v1/sockets/${this.id}/journal.pcapng`);
    if (status === 200) return body;
    const problem = objectIn(new TextDecoder().decode(body));
    throw isProblem(problem)
      ? errorOf(problem)
      : new RigLostError(`what answers is no winsockd (status ${status})`);
  }

  /** The events of this socket, from now on until its session ends. */
  subscribe(options: SubscribeOptions = {}): Promise<Subscription> {
    return Subscription.open(this.#owner.calls, { socketId: this.id }, options);
  }

  /**
   * Closes the socket. Its calls that wait end with WSAEINTR. It waits as SO_LINGER says. Closing it again does
   * nothing.
   *
   * @see https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-closesocket
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Closes the socket, unless it has ended with its session or its daemon. */
  async closeIfOpen(): Promise<void> {
    try {
      await this.close();
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }

  async #close(): Promise<void> {
    for (const kept of this.#keptConnections.splice(0)) this.#drop(kept);
    await this.#call('close', {});
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.closeIfOpen();
  }

  #keepConnection(accepted: Result<'accept'>): void {
    if (this.#closing === undefined) this.#keptConnections.push(accepted);
    else this.#drop(accepted);
  }

  /** Closes a connection that nobody has, as the end of its listener does. */
  #drop({ socketId }: Result<'accept'>): void {
    void new Socket(this.#owner, socketId, 'SOCK_STREAM').closeIfOpen();
  }

  async #resolved(address: Address, wait: Wait): Promise<SocketAddress> {
    const [first] = await resolved(this.#owner, address, this.type, wait);
    if (first === undefined) throw new RangeError('the name has no address');
    return first;
  }
}

/** What a close meets when the socket has ended by itself. */
const isGone = (error: unknown): boolean =>
  error instanceof RigLostError ||
  (error instanceof RigError && ['WSAENOTSOCK', 'session-ended', 'lease-expired'].includes(error.name));

const bytesOf = (data: Uint8Array | string): Uint8Array =>
  typeof data === 'string' ? new TextEncoder().encode(data) : data;

const optionValue = (value: boolean | number | OptionValue): OptionValue => {
  if (typeof value === 'boolean') return { boolean: value };
  return typeof value === 'number' ? { integer: value } : value;
};
