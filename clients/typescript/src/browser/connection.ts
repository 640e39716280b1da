import { unlessOver } from '../core/errors.js';
import type { SocketAddress } from '../core/operations.gen.js';
import { untilShutDown } from '../core/receiving.js';
import type { ConnectedSocket } from '../core/session.js';
import type { Socket } from '../core/socket.js';

/** Most bytes of one receive, for a reader that brings no buffer. */
const MOST_BYTES = 64 * 1024;

/**
 * A connection as two streams. Each read is a `recv` of the daemon, each write a `send`; both wait while the other
 * side is slow. An error of a stream is a WinsockError, a RefusedError or a RigLostError. When both streams have ended,
 * or one has failed, the socket is closed. With `await using` it is closed at the end of the block.
 */
export class Connection {
  /** The bytes of the peer. Its end is that of the peer's stream; a reader may bring its own buffer (BYOB). */
  readonly readable: ReadableStream<Uint8Array>;

  /** The bytes to the peer. Its `close` is shutdown SD_SEND, its `abort` closes the socket. */
  readonly writable: WritableStream<Uint8Array>;

  /** The socket, for its calls: options, faults, journal, capture. */
  readonly socket: Socket;
  readonly localAddress: SocketAddress | undefined;
  readonly remoteAddress: SocketAddress | undefined;
  #open = new Set(['readable', 'writable']);
  #sendDisconnect: (() => Promise<void>) | undefined;

  constructor({ socket, local, remote }: ConnectedSocket) {
    this.socket = socket;
    this.localAddress = local;
    this.remoteAddress = remote;
    this.readable = new ReadableStream({
      type: 'bytes',
      pull: (controller) => this.#working(this.#pull(controller)),
      cancel: () => this.#working(this.#cancel()),
    });
    this.writable = new WritableStream({
      write: (bytes, { signal }) => this.#working(socket.send(bytes, { signal })),
      close: () => this.#working(this.#shutdown()),
      abort: () => this.close(),
    });
  }

  /**
   * Ends the stream to the peer by sendDisconnect, when what was written is sent. As `writable.close` it needs a
   * stream that no writer holds: `releaseLock` comes before.
   *
   * @param data disconnect data, for a provider that carries it
   * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasenddisconnect
   */
  async sendDisconnect(data?: Uint8Array | string): Promise<void> {
    if (!this.writable.locked) this.#sendDisconnect = () => this.socket.sendDisconnect(data);
    await this.writable.close();
  }

  /**
   * Stops receiving, and fetches the disconnect data of the peer.
   *
   * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsarecvdisconnect
   */
  recvDisconnect(): Promise<Uint8Array | undefined> {
    return this.socket.recvDisconnect();
  }

  /** Closes the socket. Its streams then fail. */
  close(): Promise<void> {
    return this.socket.closeIfOpen();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #pull(controller: ReadableByteStreamController): Promise<void> {
    const view = controller.byobRequest?.view;
    const bytes = await untilShutDown(this.socket.recv({ maxBytes: view?.byteLength ?? MOST_BYTES }));
    if (!this.#open.has('readable')) return; // it was cancelled
    if (bytes.length === 0) {
      controller.close();
      controller.byobRequest?.respond(0);
      await this.#ended('readable');
    } else if (view) {
      new Uint8Array(view.buffer, view.byteOffset, view.byteLength).set(bytes);
      controller.byobRequest?.respond(bytes.length);
    } else controller.enqueue(new Uint8Array(bytes));
  }

  async #cancel(): Promise<void> {
    this.#open.delete('readable');
    await unlessOver(this.socket.shutdown('SD_RECEIVE'));
    if (this.#open.size === 0) await this.close();
  }

  async #shutdown(): Promise<void> {
    await (this.#sendDisconnect?.() ?? unlessOver(this.socket.shutdown('SD_SEND')));
    await this.#ended('writable');
  }

  /** A failure of one stream closes the socket, and so fails the other one. */
  async #working(work: Promise<unknown>): Promise<void> {
    try {
      await work;
    } catch (error) {
      void this.close().catch(() => undefined); // the first error is the one to tell
      throw error;
    }
  }

  async #ended(stream: string): Promise<void> {
    this.#open.delete(stream);
    if (this.#open.size === 0) await this.close();
  }
}
