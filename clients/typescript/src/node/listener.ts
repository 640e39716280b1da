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
}

/**
 * A listening socket. Its connections come by `accept`, by `for await`, or as events `connection`, like those of a
 * `net.Server`: each connection by one of them. An error ends the events, and closes the socket.
 */
export class Listener extends EventEmitter<ListenerEvents> {
  /** The socket, for its calls. */
  readonly socket: Socket;
  readonly #address: SocketAddress;
  readonly #options: ConnectionOptions;
  #emits = false;

  constructor(socket: Socket, address: SocketAddress, options: ConnectionOptions) {
    super();
    this.socket = socket;
    this.#address = address;
    this.#options = options;
    this.on('newListener', (name) => {
      if (name === 'connection' && !this.#emits) {
        this.#emits = true;
        void this.#emitConnections();
      }
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
    const isFirst = !this.socket.isOver;
    await this.socket.closeIfOpen();
    if (isFirst) this.emit('close');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #emitConnections(): Promise<void> {
    try {
      for (;;) {
        const connection = await this.#nextConnection();
        if (connection === undefined) return;
        // Not within the promise, whose rejection would hide an error of a listener.
        setImmediate(() => this.emit('connection', connection));
      }
    } catch (error) {
      await this.close();
      this.emit('error', error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** undefined: it was closed here. */
  async #nextConnection(): Promise<Connection | undefined> {
    try {
      return await this.accept();
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
