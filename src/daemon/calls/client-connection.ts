/** A session, as far as the connections of its client are concerned. */
interface ConnectedSession {
  readonly lease: { hold(): () => void };
  /** The open connections that use it. */
  readonly connections: Set<ClientConnection>;
}

/** How a connection of a client ends: `closed` by one of the two, or `lost`, as when its client is killed. */
export type ConnectionEnd = 'closed' | 'lost';

type EndOfSession = (how: ConnectionEnd) => void;

/**
 * A connection of a client on which calls are made for as long as it is open, such as a WebSocket. The leases
 * of the sessions that it uses do not run meanwhile.
 */
export class ClientConnection {
  /** The sessions that it uses, each with the function that lets its lease run. */
  readonly #leases = new Map<ConnectedSession, () => void>();
  /** Those of them that end with it, each with the function that ends it. */
  readonly #ends = new Map<ConnectedSession, EndOfSession>();
  /** How it has closed; undefined while it is open. */
  #end: ConnectionEnd | undefined;

  /** The number of sessions that it uses. */
  get size(): number {
    return this.#leases.size;
  }

  /** Keeps the lease of the session until the connection closes. */
  use(session: ConnectedSession): void {
    if (this.#end || this.#leases.has(session)) return;
    this.#leases.set(session, session.lease.hold());
    session.connections.add(this);
  }

  /** Uses the session, and ends it when the connection closes. */
  endWith(session: ConnectedSession, end: EndOfSession): void {
    if (this.#end) end(this.#end);
    else {
      this.use(session);
      this.#ends.set(session, end);
    }
  }

  /** The session has ended. */
  forget(session: ConnectedSession): void {
    this.#leases.delete(session);
    this.#ends.delete(session);
  }

  /** The connection has closed: the leases of its sessions run, and the sessions that end with it end. */
  close(how: ConnectionEnd = 'closed'): void {
    this.#end = how;
    const ends = [...this.#ends.values()];
    for (const [session, release] of this.#leases) {
      session.connections.delete(this);
      release();
    }
    this.#leases.clear();
    this.#ends.clear();
    for (const end of ends) end(how);
  }
}
