import type { Address } from '../core/addresses.js';
import type { SocketAddress } from '../core/operations.gen.js';
import type { Wait } from '../core/operations.js';
import type { Relay, RelayOptions } from '../core/relay.js';
import type { Socket } from '../core/socket.js';
import { Connection } from './connection.js';

/** A listening socket. Its connections come by `accept` or by `for await`. */
export class Listener {
  /** The socket, for its calls. */
  readonly socket: Socket;
  readonly #address: SocketAddress;

  constructor(socket: Socket, address: SocketAddress) {
    this.socket = socket;
    this.#address = address;
  }

  /** The address that it is bound to. */
  address(): SocketAddress {
    return this.#address;
  }

  /** Takes a connection that has come. */
  async accept(wait: Wait = {}): Promise<Connection> {
    return new Connection({ ...(await this.socket.accept(wait)), local: undefined });
  }

  /** The connections from now on, until it is closed. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Connection, void> {
    try {
      for (;;) yield await this.accept();
    } catch (error) {
      if (!this.socket.isOver) throw error;
    }
  }

  /** Joins every connection to one to an upstream address. */
  startRelay(upstream: Address, options: RelayOptions = {}): Promise<Relay> {
    return this.socket.startRelay(upstream, options);
  }

  /** Closes the socket. Connections that were accepted stay open. */
  close(): Promise<void> {
    return this.socket.closeIfOpen();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
