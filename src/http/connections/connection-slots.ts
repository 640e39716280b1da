import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Refusal, refuse } from '../../daemon/answers/refusals.js';
import type { Gate } from '../gates/gate.js';

/** One slot in this many is kept for connections without a token, so that a health probe always finds one. */
const SLOTS_PER_SPARE_SLOT = 16;

const ALL_IN_USE = refuse(
  'overloaded',
  'All connections for clients with a token are in use; close some, or configure limits.connections.',
);

const OWNER_HAS_MOST = refuse(
  'quota',
  'The owner has the most connections that it may have (limits.connectionsPerOwner, at most half of all); ' +
    'use one of them, or close some.',
);

/**
 * The connections of a daemon, those of all listeners together.
 *
 * A connection is authenticated once a request on it has passed the token gate, and remains so until it
 * closes. It counts for the owner of that request, even if it carries requests of other owners later, as a
 * proxy's does. An owner has a limited number of them.
 *
 * A new connection is always accepted. If no slot is free, it replaces the unauthenticated connection that
 * has been idle longest; if none is idle, the one that has been served longest. So clients without a token
 * displace only each other.
 */
export class ConnectionSlots {
  readonly #limit: number;
  readonly #descriptors: number;
  readonly #mostAuthenticated: number;
  readonly #perOwner: number;
  /** The owner that each authenticated connection counts for. */
  readonly #authenticated = new Map<Socket, string>();
  /** The number of authenticated connections of each owner. */
  readonly #owned = new Map<string, number>();
  /** Unauthenticated connections that wait for no answer; the one that has been idle longest comes first. */
  readonly #idle = new Set<Socket>();
  /** Unauthenticated connections that wait for answers, each with the last of these. */
  readonly #served = new Map<Socket, ServerResponse>();

  /**
   * @param limit the most connections at once
   * @param perOwner the most authenticated connections of one owner
   * @param descriptors new connections with this file descriptor or a higher one replace unauthenticated
   *   ones, as long as there are any
   */
  constructor(limit: number, perOwner: number, descriptors = Number.POSITIVE_INFINITY) {
    this.#limit = limit;
    this.#descriptors = descriptors;
    this.#perOwner = perOwner;
    this.#mostAuthenticated = limit - Math.max(1, Math.floor(limit / SLOTS_PER_SPARE_SLOT));
  }

  get size(): number {
    return this.#authenticated.size + this.#idle.size + this.#served.size;
  }

  /** Gives a new connection a slot. */
  take(socket: Socket): void {
    // The system gives out the lowest free descriptor, so all below it are in use.
    const tooMany = Math.max(this.size + 1 - this.#limit, descriptorOf(socket) + 1 - this.#descriptors);
    for (let i = 0; i < tooMany; i++) this.#closeOne();
    this.#idle.add(socket);
    socket.once('close', () => this.#release(socket));
  }

  /** Marks a connection as authenticated, unless it is; a refusal if there are too many of these. */
  authenticate(socket: Socket, owner: string): Refusal | undefined {
    if (this.#authenticated.has(socket)) return undefined;
    const owned = this.#owned.get(owner) ?? 0;
    if (owned >= this.#perOwner) return OWNER_HAS_MOST;
    if (this.#authenticated.size >= this.#mostAuthenticated) return ALL_IN_USE;
    if (!this.#idle.delete(socket) && !this.#served.delete(socket)) return undefined;
    this.#authenticated.set(socket, owner);
    this.#owned.set(owner, owned + 1);
    return undefined;
  }

  /** Marks an unauthenticated connection as served until its last answer has closed. */
  serve(socket: Socket, answer: ServerResponse): void {
    if (!this.#idle.delete(socket) && !this.#served.has(socket)) return;
    this.#served.set(socket, answer);
    answer.once('close', () => {
      if (this.#served.get(socket) !== answer) return;
      this.#served.delete(socket);
      this.#idle.add(socket);
    });
  }

  #closeOne(): void {
    for (const socket of this.#idle.size > 0 ? this.#idle : this.#served.keys()) {
      this.#release(socket);
      socket.destroy();
      return;
    }
  }

  #release(socket: Socket): void {
    const owner = this.#authenticated.get(socket);
    // The map never shrinks: owners come from the configuration and are few.
    if (owner !== undefined) this.#owned.set(owner, (this.#owned.get(owner) ?? 1) - 1);
    this.#authenticated.delete(socket);
    this.#idle.delete(socket);
    this.#served.delete(socket);
  }
}

/** Behind the token gate: marks a connection as authenticated, or as served if no token is needed. */
export const slotGate =
  (slots: ConnectionSlots): Gate =>
  (request, reply) => {
    const socket = transportOf(request.raw.socket);
    if (request.owner === '') {
      slots.serve(socket, reply.raw);
      return undefined;
    }
    const refusal = slots.authenticate(socket, request.owner);
    if (refusal !== undefined) reply.header('connection', 'close');
    return refusal;
  };

/** The file descriptor; -1 on Windows. Node's types lack the member. */
const descriptorOf = (socket: Socket): number =>
  (socket as Socket & { readonly _handle?: { readonly fd?: number } | null })._handle?.fd ?? -1;

/** The accepted TCP connection: with TLS, Node keeps it in a member that its types lack. */
const transportOf = (socket: Socket): Socket =>
  (socket as Socket & { readonly _parent?: Socket | null })._parent ?? socket;
