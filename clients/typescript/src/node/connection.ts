import { Duplex, finished } from 'node:stream';
import { unlessOver } from '../core/errors.js';
import type { SocketAddress } from '../core/operations.gen.js';
import { untilShutDown } from '../core/receiving.js';
import type { ConnectedSocket, ConnectionOptions } from '../core/session.js';
import type { Socket } from '../core/socket.js';
import { settle } from './settle.js';

/** How much is read ahead, and how much is written before `write` asks to wait, in bytes. */
const BUFFER_BYTES = 64 * 1024;

/** Most bytes of one receive, when the one before was filled, and of one send. */
const MOST_BYTES = 256 * 1024;

/** Connects, until the signal. */
export type Opening = (signal: AbortSignal) => Promise<ConnectedSocket>;

/**
 * A connection as a stream, with the members of a `net.Socket` that programs use: `end()` is shutdown SD_SEND,
 * `destroy()` closes the socket. Each read is a `recv` of the daemon, each write a `send`; both wait while the other
 * side is slow. An error is a WinsockError, a RefusedError or a RigLostError.
 */
export class Connection extends Duplex {
  #connected: ConnectedSocket | undefined;
  readonly #opening: Opening | undefined;
  readonly #destroyed = new AbortController();
  #maxBytes = BUFFER_BYTES;
  #bytesRead = 0;
  #bytesWritten = 0;
  #sendDisconnect: ((socket: Socket) => Promise<void>) | undefined;
  #idle: NodeJS.Timeout | undefined;
  #timeout = 0;

  /** @param from a connected socket, or what connects one */
  constructor(from: ConnectedSocket | Opening, { allowHalfOpen = false }: ConnectionOptions = {}) {
    super({ allowHalfOpen, highWaterMark: BUFFER_BYTES });
    if (typeof from === 'function') this.#opening = from;
    else this.#connected = from;
  }

  /** The socket, for its calls: options, faults, journal, capture. Throws before `connect`. */
  get socket(): Socket {
    if (this.#connected === undefined) throw new TypeError('the connection is not made yet');
    return this.#connected.socket;
  }

  /** Whether it is not connected yet. */
  get connecting(): boolean {
    return this.#connected === undefined && !this.destroyed;
  }

  get localAddress(): string | undefined {
    return this.#connected?.local?.address;
  }

  get localPort(): number | undefined {
    return this.#connected?.local?.port;
  }

  get remoteAddress(): string | undefined {
    return this.#connected?.remote?.address;
  }

  get remotePort(): number | undefined {
    return this.#connected?.remote?.port;
  }

  get remoteFamily(): 'IPv4' | 'IPv6' | undefined {
    return familyOf(this.#connected?.remote);
  }

  /** How many bytes were received. */
  get bytesRead(): number {
    return this.#bytesRead;
  }

  /** How many bytes were sent, and wait to be. */
  get bytesWritten(): number {
    return this.#bytesWritten + this.writableLength;
  }

  /** The time of `setTimeout`. */
  get timeout(): number {
    return this.#timeout;
  }

  /**
   * Ends the stream to the peer by sendDisconnect, when what was written is sent. The other direction goes on, if
   * `allowHalfOpen` was given or the peer has not ended it.
   *
   * @param data disconnect data, for a provider that carries it
   * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasenddisconnect
   */
  async sendDisconnect(data?: Uint8Array | string): Promise<void> {
    if (this.writableEnded) return this.socket.sendDisconnect(data);
    this.#sendDisconnect = (socket) => socket.sendDisconnect(data);
    return new Promise((resolve, reject) => {
      finished(this, { readable: false }, (error) => (error ? reject(error) : resolve()));
      this.end();
    });
  }

  /**
   * Stops receiving, and fetches the disconnect data of the peer.
   *
   * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsarecvdisconnect
   */
  async recvDisconnect(): Promise<Uint8Array | undefined> {
    return this.socket.recvDisconnect();
  }

  /** Emits `timeout` when nothing was sent or received for so long. 0: never. */
  setTimeout(milliseconds: number, listener?: () => void): this {
    if (this.destroyed) return this;
    clearTimeout(this.#idle);
    this.#timeout = milliseconds;
    if (listener !== undefined && milliseconds === 0) this.off('timeout', listener);
    else if (listener !== undefined) this.once('timeout', listener);
    if (milliseconds > 0) this.#idle = setTimeout(() => this.emit('timeout'), milliseconds).unref();
    return this;
  }

  /** Sets TCP_NODELAY. As in `node:net` a failure is not told; `socket.setOption` tells it. */
  setNoDelay(noDelay = true): this {
    return this.#set('IPPROTO_TCP', 'TCP_NODELAY', noDelay);
  }

  /** Sets SO_KEEPALIVE. As in `node:net` a failure is not told; `socket.setOption` tells it. */
  setKeepAlive(enable = false): this {
    return this.#set('SOL_SOCKET', 'SO_KEEPALIVE', enable);
  }

  /** Does nothing: only the rig keeps the process alive. */
  ref(): this {
    return this;
  }

  /** Does nothing: only the rig keeps the process alive. */
  unref(): this {
    return this;
  }

  override destroy(error?: Error): this {
    this.#destroyed.abort();
    return super.destroy(error);
  }

  override _construct(callback: (error?: Error | null) => void): void {
    if (this.#opening === undefined) {
      callback();
      return;
    }
    settle(
      this.#opening(this.#destroyed.signal),
      (connected) => {
        this.#connected = connected;
        callback();
        if (!this.destroyed) this.emit('connect');
      },
      (error) => callback(this.destroyed ? null : error),
    );
  }

  override _read(): void {
    settle(
      untilShutDown(this.socket.recv({ maxBytes: this.#maxBytes })),
      (bytes) => {
        this.#maxBytes = bytes.length === this.#maxBytes ? MOST_BYTES : BUFFER_BYTES;
        this.#bytesRead += bytes.length;
        this.#idle?.refresh();
        this.push(bytes.length === 0 ? null : bytes);
      },
      // The end of its session or rig by this side is no error.
      (error) => this.destroy(this.socket.isOver ? undefined : error),
    );
  }

  override _writev(chunks: { readonly chunk: Buffer }[], callback: (error?: Error | null) => void): void {
    const bytes = Buffer.concat(chunks.map(({ chunk }) => chunk));
    settle(
      this.#send(bytes),
      () => {
        this.#bytesWritten += bytes.length;
        callback();
      },
      (error) => {
        if (this.socket.isOver) this.destroy();
        callback(error); // also then: who gave the bytes learns that they were not sent
      },
    );
  }

  /** Sends piece by piece, each of which is a sign of life for `setTimeout`. */
  async #send(bytes: Buffer): Promise<void> {
    for (let at = 0; at === 0 || at < bytes.length; at += MOST_BYTES) {
      await this.socket.send(bytes.subarray(at, at + MOST_BYTES));
      this.#idle?.refresh();
    }
  }

  override _final(callback: (error?: Error | null) => void): void {
    settle(
      this.#sendDisconnect?.(this.socket) ?? unlessOver(this.socket.shutdown('SD_SEND')),
      () => callback(),
      (error) => {
        if (this.socket.isOver) this.destroy();
        callback(error);
      },
    );
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    clearTimeout(this.#idle);
    const socket = this.#connected?.socket;
    if (socket === undefined) {
      callback(error);
      return;
    }
    settle(
      socket.closeIfOpen(),
      () => callback(error),
      (failure) => callback(error ?? (socket.isOver ? null : failure)),
    );
  }

  #set(level: string, name: string, value: boolean): this {
    if (this.connecting) this.once('connect', () => this.#set(level, name, value));
    else this.#connected?.socket.setOption(level, name, value).catch(() => undefined);
    return this;
  }
}

const familyOf = (address: SocketAddress | undefined): 'IPv4' | 'IPv6' | undefined => {
  if (address?.family === 'AF_INET') return 'IPv4';
  return address?.family === 'AF_INET6' ? 'IPv6' : undefined;
};
