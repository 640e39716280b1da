import { once } from 'node:events';
import net from 'node:net';
import type { FastifyInstance, FastifyListenOptions } from 'fastify';
import { ThriftyLog } from '../gates/thrifty-log.js';

/** What clients find under the name localhost. Not looked up: no entry of a hosts file makes it another machine. */
const LOOPBACK = { name: 'localhost', addresses: ['127.0.0.1', '::1'] } as const;

/** How long, at the end, requests and answers under way may take before they are cut. */
export const CLOSE_GRACE_MS = 2000;

/** How often a port that is free at the one address may be taken at the other one. */
const MOST_TRIES = 10;

/** A machine without IPv6, or without it on loopback. */
const HAS_NO_SUCH_ADDRESS = ['EADDRNOTAVAIL', 'EAFNOSUPPORT'];

/** The options of Node's own HTTP server for its connections. */
const LIKE_HTTP = { allowHalfOpen: true, noDelay: true };

type ListenOptions = FastifyListenOptions & { readonly host: string; readonly port: number };

/**
 * The listeners of a daemon: one, or two at `localhost`, of which a client may try either address first. The second
 * one only accepts, and hands its connections to the server of the first: so all that is set there holds for them.
 */
export class Listeners {
  readonly #app: FastifyInstance;
  readonly #closeGraceMs: number;
  readonly #lines: ThriftyLog;
  #second: net.Server | undefined;

  /** @param closeGraceMs how long requests and answers under way may take, when all closes, before they are cut */
  constructor(app: FastifyInstance, closeGraceMs = CLOSE_GRACE_MS) {
    this.#app = app;
    this.#closeGraceMs = closeGraceMs;
    this.#lines = new ThriftyLog(app.log);
  }

  /**
   * Listens and gives the URL, of the first address where there are two.
   *
   * @throws the error of Node where an address or the port cannot be had
   */
  async listen(options: ListenOptions): Promise<string> {
    const url = await this.#listen(options);
    // What the system could not accept costs that connection, not the daemon.
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
   * Accepts nothing more; resolves when the last connection has closed. A client that neither finishes its request nor
   * reads its answer must not keep the daemon from ending: it is cut after a while.
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

  /** @returns undefined where this machine has no such address */
  async #listenSecond(port: number): Promise<net.Server | undefined> {
    const { server } = this.#app;
    const second = net.createServer(LIKE_HTTP, (socket) => {
      // Whoever comes before the daemon says that it listens is too early, as at any daemon that is not there yet.
      if (server.listening) server.emit('connection', socket);
      else socket.destroy();
    });
    try {
      await once(second.listen({ host: LOOPBACK.addresses[1], port, ipv6Only: true }), 'listening');
      return second;
    } catch (error) {
      if (HAS_NO_SUCH_ADDRESS.includes(codeOf(error))) return undefined;
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
