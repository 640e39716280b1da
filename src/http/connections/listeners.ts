import { once } from 'node:events';
import net from 'node:net';
import type { FastifyInstance, FastifyListenOptions } from 'fastify';
import { ThriftyLog } from '../gates/thrifty-log.js';

/** The addresses of localhost. They are not looked up, so that no hosts file makes them another machine's. */
const LOOPBACK = { name: 'localhost', addresses: ['127.0.0.1', '::1'] } as const;

/** How long pending requests and answers may take at the end before their connections are closed. */
export const CLOSE_GRACE_MS = 2000;

/** How many ports are tried that are free at one address, but may be in use at the other. */
const MOST_TRIES = 10;

/** The errors of a machine without IPv6, or without an IPv6 loopback address. */
const NO_SUCH_ADDRESS = ['EADDRNOTAVAIL', 'EAFNOSUPPORT'];

/** The socket options that Node's own HTTP server sets. */
const HTTP_SOCKET_OPTIONS = { allowHalfOpen: true, noDelay: true };

type ListenOptions = FastifyListenOptions & { readonly host: string; readonly port: number };

/**
 * The listeners of a daemon: one, or two for `localhost`, since a client may try either of its addresses
 * first. The second one only accepts connections and hands them to the first one's server, whose settings
 * then apply to them.
 */
export class Listeners {
  readonly #app: FastifyInstance;
  readonly #closeGraceMs: number;
  readonly #lines: ThriftyLog;
  #second: net.Server | undefined;

  /** @param closeGraceMs how long pending requests and answers may take after `close` */
  constructor(app: FastifyInstance, closeGraceMs = CLOSE_GRACE_MS) {
    this.#app = app;
    this.#closeGraceMs = closeGraceMs;
    this.#lines = new ThriftyLog(app.log);
  }

  /**
   * Listens, and gives the URL; with two addresses, that of the first.
   *
   * @throws Node's error if it cannot listen at the address and port
   */
  async listen(options: ListenOptions): Promise<string> {
    const url = await this.#listen(options);
    // A connection that the system could not accept must not end the daemon.
    for (const server of [this.#app.server, this.#second]) {
      server?.on('error', (err) =>
        this.#lines.write('warn', '', { err }, 'a connection could not be accepted'),
      );
    }
    return url;
  }

  async #listen(options: ListenOptions): Promise<string> {
    if (options.host.toLowerCase() !== LOOPBACK.name) return this.#app.listen(options);
    await this.#app.ready();
    for (let tries = 1; ; tries++) {
      const second = await this.#listenSecond(options.port);
      try {
        const url = await this.#app.listen({
          ...options,
          host: LOOPBACK.addresses[0],
          port: portOf(second) ?? options.port,
        });
        this.#second = second;
        return url;
      } catch (error) {
        second?.close();
        if (options.port !== 0 || codeOf(error) !== 'EADDRINUSE' || tries === MOST_TRIES) throw error;
      }
    }
  }

  /**
   * Stops accepting, and resolves when the last connection has closed. A client that neither finishes its
   * request nor reads its answer must not keep the daemon from ending, so its connection is closed after the
   * grace time.
   */
  async close(): Promise<void> {
    const timer = setTimeout(() => this.#app.server.closeAllConnections(), this.#closeGraceMs);
    const second = this.#second;
    const closed = second && new Promise((resolve) => second.once('close', resolve));
    second?.close();
    await this.#app.close();
    await closed;
    clearTimeout(timer);
    this.#lines.close();
  }

  /** @returns undefined if this machine does not have the address */
  async #listenSecond(port: number): Promise<net.Server | undefined> {
    const { server } = this.#app;
    const second = net.createServer(HTTP_SOCKET_OPTIONS, (socket) => {
      // Until the first listener listens, the daemon has not started: the connection is refused.
      if (server.listening) server.emit('connection', socket);
      else socket.destroy();
    });
    try {
      await once(second.listen({ host: LOOPBACK.addresses[1], port, ipv6Only: true }), 'listening');
      return second;
    } catch (error) {
      if (NO_SUCH_ADDRESS.includes(codeOf(error))) return undefined;
      throw error;
    }
  }
}

const portOf = (server: net.Server | undefined): number | undefined => {
  const address = server?.address();
  return typeof address === 'object' ? address?.port : undefined;
};

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : '';
