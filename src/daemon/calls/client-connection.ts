/** A session, as far as the connections of its client are concerned. */
interface ConnectedSession {
  readonly lease: { hold(): () => void };
  /** The open connections that use it. */
  readonly connections: Set<ClientConnection>;
}

/**
 * A connection of a client on which calls are made for as long as it is open, such as a WebSocket. The leases
 * of the sessions that it uses do not run meanwhile.
 */
export class ClientConnection {
  /** The sessions that it uses, each with the function that lets its lease run. */
  readonly #leases = new Map<ConnectedSession, () => void>();
  /** Those of them that end with it, each with the function that ends it. */
  readonly #ends = new Map<ConnectedSession, () => void>();
  #isClosed = false;

  /** The number of sessions that it uses. */
  get size(): number {
    return this.#leases.size;
  }

  /** Keeps the lease of the session until the connection closes. */
  use(session: ConnectedSession): void {
    if (this.#isClosed || this.#leases.has(session)) return;
    this.#leases.set(session, session.lease.hold());
    session.connections.add(this);
  }

  /** Uses the session, and ends it when the connection closes. */
  endWith(session: ConnectedSession, end: () => void): void {
    if (this.#isClosed) end();
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
  close(): void {
    this.#isClosed = true;
    const ends = [...this.#ends.values()];
    for (const [session, release] of this.#leases) {
      session.connections.delete(this);
      release();
    }
    this.#leases.clear();
    this.#ends.clear();
    for (const end of ends) end();
  }
}
