import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Refusal, refuse } from '../../daemon/answers/refusals.js';
import type { Gate } from '../gates/gate.js';

/** One place in so many is never taken by a known connection: a new one, a health probe among them, always finds one. */
const PLACES_FOR_ONE_SPARE = 16;

const ALL_TAKEN = refuse(
  'overloaded',
  'The daemon has as many connections of its clients as it takes; close some, or configure limits.connections.',
);

const OWNER_HAS_ALL = refuse(
  'quota',
  'The owner has as many connections as one may have (limits.connectionsPerOwner, at most half of them); use one, or close some.',
);

/**
 * The connections of a daemon, of all its listeners together. One is known once a request on it has passed the token
 * gate, and stays until it closes. It counts for the owner of that request, also where it brings requests of others
 * later, as that of a proxy does: of each owner there may be only so many. A new one is always taken: where there is
 * no place left, it gets that of the unknown one that has been idle longest, or else of the one that has been answered
 * longest. So whoever has no token drives out others that have none, and nobody else.
 */
export class Places {
  readonly #limit: number;
  readonly #descriptors: number;
  readonly #mostKnown: number;
  readonly #perOwner: number;
  /** With the owner that each counts for. */
  readonly #known = new Map<Socket, string>();
  readonly #owned = new Map<string, number>();
  /** Unknown, and no answer is under way; the longest so at the front. */
  readonly #idle = new Set<Socket>();
  /** Unknown, with the last answer that is under way. */
  readonly #served = new Map<Socket, ServerResponse>();

  /**
   * @param limit how many there are at once
   * @param perOwner how many known ones there are of one owner
   * @param descriptors from this number on there are few left, whoever has the others
   */
  constructor(limit: number, perOwner: number, descriptors = Number.POSITIVE_INFINITY) {
    this.#limit = limit;
    this.#descriptors = descriptors;
    this.#perOwner = perOwner;
    this.#mostKnown = limit - Math.max(1, Math.floor(limit / PLACES_FOR_ONE_SPARE));
  }

  get size(): number {
    return this.#known.size + this.#idle.size + this.#served.size;
  }

  /** Gives a new connection a place. */
  take(socket: Socket): void {
    // All descriptors below its own are taken too.
    const tooMany = Math.max(this.size + 1 - this.#limit, descriptorOf(socket) + 1 - this.#descriptors);
    for (let i = 0; i < tooMany; i++) this.#makeRoom();
    this.#idle.add(socket);
    socket.once('close', () => this.#leave(socket));
  }

  /** Makes a connection known, unless it is; the refusal where there are as many of these as may be. */
  know(socket: Socket, owner: string): Refusal | undefined {
    if (this.#known.has(socket)) return undefined;
    const owned = this.#owned.get(owner) ?? 0;
    if (owned >= this.#perOwner) return OWNER_HAS_ALL;
    if (this.#known.size >= this.#mostKnown) return ALL_TAKEN;
    if (!this.#idle.delete(socket) && !this.#served.delete(socket)) return undefined;
    this.#known.set(socket, owner);
    this.#owned.set(owner, owned + 1);
    return undefined;
  }

  /** Counts a connection, if it is not known, as one that is being answered, until its last answer has closed. */
  serve(socket: Socket, answer: ServerResponse): void {
    if (!this.#idle.delete(socket) && !this.#served.has(socket)) return;
    this.#served.set(socket, answer);
    answer.once('close', () => {
      if (this.#served.get(socket) !== answer) return;
      this.#served.delete(socket);
      this.#idle.add(socket);
    });
  }

  #makeRoom(): void {
    for (const socket of this.#idle.size > 0 ? this.#idle : this.#served.keys()) {
      this.#leave(socket);
      socket.destroy();
      return;
    }
  }

  #leave(socket: Socket): void {
    const owner = this.#known.get(socket);
    // Owners are those of the configuration: there are few, and none goes.
    if (owner !== undefined) this.#owned.set(owner, (this.#owned.get(owner) ?? 1) - 1);
    this.#known.delete(socket);
    this.#idle.delete(socket);
    this.#served.delete(socket);
  }
}

/** Behind the token gate: makes the connection known. Pages that need no token are answered wherever it stands. */
export const placeGate =
  (places: Places): Gate =>
  (request, reply) => {
    const socket = transportOf(request.raw.socket);
    if (request.owner === '') {
      places.serve(socket, reply.raw);
      return undefined;
    }
    const refusal = places.know(socket, request.owner);
    if (refusal !== undefined) reply.header('connection', 'close');
    return refusal;
  };

/** The number that the system has given it, the lowest free one; -1 on Windows. Node's typing lacks it. */
const descriptorOf = (socket: Socket): number =>
  (socket as Socket & { readonly _handle?: { readonly fd?: number } | null })._handle?.fd ?? -1;

/** The TCP connection, which is what was accepted: of one with TLS Node keeps it in a member that its typing lacks. */
const transportOf = (socket: Socket): Socket =>
  (socket as Socket & { readonly _parent?: Socket | null })._parent ?? socket;
