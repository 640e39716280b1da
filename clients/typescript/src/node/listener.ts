import { EventEmitter } from 'node:events';
import type { Address } from '../core/addresses.js';
import type { SocketAddress } from '../core/operations.gen.js';
import type { Wait } from '../core/operations.js';
import type { Relay, RelayOptions } from '../core/relay.js';
import type { ConnectionOptions } from '../core/session.js';
import type { Socket } from '../core/socket.js';
import { Connection } from './connection.js';

interface ListenerEvents {
  connection: [connection: Connection];
  error: [error: Error];
  close: [];
  newListener: [name: string | symbol];
  removeListener: [name: string | symbol];
}

/**
 * A listening socket. Its connections come by `accept`, by `for await`, or as events `connection`, like those of a
 * `net.Server`: each connection by one of them. While nobody listens for `connection`, none is accepted for that event.
 * An error ends the events, and closes the socket.
 */
export class Listener extends EventEmitter<ListenerEvents> {
  /** The socket, for its calls. */
  readonly socket: Socket;
  readonly #address: SocketAddress;
  readonly #options: ConnectionOptions;
  /** Ends the accept for the event `connection`; undefined while nobody listens for it. */
  #emitting: AbortController | undefined;
  #isClosed = false;

  constructor(socket: Socket, address: SocketAddress, options: ConnectionOptions) {
    super();
    this.socket = socket;
    this.#address = address;
    this.#options = options;
    this.on('newListener', (name) => {
      if (name !== 'connection' || this.#emitting !== undefined) return;
      this.#emitting = new AbortController();
      void this.#emitConnections(this.#emitting.signal);
    });
    this.on('removeListener', (name) => {
      if (name !== 'connection' || this.listenerCount('connection') > 0) return;
      this.#emitting?.abort();
      this.#emitting = undefined;
    });
  }

  /** The address that it is bound to. */
  address(): SocketAddress {
    return this.#address;
  }

  /** Takes a connection that has come. */
  async accept(wait: Wait = {}): Promise<Connection> {
    const { socket, remote } = await this.socket.accept(wait);
    return new Connection({ socket, remote, local: this.#localAddress }, this.#options);
  }

  /** The connections from now on, until it is closed. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Connection, void> {
    for (;;) {
      const connection = await this.#nextConnection();
      if (connection === undefined) return;
      yield connection;
    }
  }

  /** Joins every connection to one to an upstream address. */
  startRelay(upstream: Address, options: RelayOptions = {}): Promise<Relay> {
    return this.socket.startRelay(upstream, options);
  }

  /** Closes the socket. Connections that were accepted stay open. */
  async close(): Promise<void> {
    await this.socket.closeIfOpen();
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.emit('close');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #emitConnections(signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) {
        const connection = await this.#nextConnection(signal);
        if (connection === undefined) return await this.close();
        await this.#emitted(connection);
      }
    } catch (error) {
      if (signal.aborted) return;
      process.nextTick(() => this.emit('error', error instanceof Error ? error : new Error(String(error))));
      await this.close().catch(() => undefined); // the first error is the one to tell
    }
  }

  /** Emits it outside of this promise, whose rejection would hide an error of a listener. */
  #emitted(connection: Connection): Promise<void> {
    return new Promise((resolve) => {
      process.nextTick(() => {
        resolve();
        if (!this.emit('connection', connection)) connection.destroy(); // its last listener has just left
      });
    });
  }

  /** undefined: it was closed here. */
  async #nextConnection(signal?: AbortSignal): Promise<Connection | undefined> {
    try {
      return await this.accept({ signal });
    } catch (error) {
      if (this.socket.isOver) return undefined;
      throw error;
    }
  }

  /** Its own address is that of its connections, unless it listens at all addresses. */
  get #localAddress(): SocketAddress | undefined {
    const { address } = this.#address;
    return address === '0.0.0.0' || address === '::' ? undefined : this.#address;
  }
}
