import { ok } from '../../winsock/outcome.js';
import type { Answer } from '../answers/answer.js';
import type { Ids } from '../ids/ids.js';
import type { Session } from '../sessions/session.js';
import type { SocketTable } from '../socket-table.js';
import type { Socket } from '../sockets/socket.js';
import type { Clock } from '../waiting/clock.js';
import { type ArmRules, Relay, type RelaySettings } from './relay.js';

export interface RelayTableOptions {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly sockets: SocketTable;
}

/** The relays of each session, until they have ended. */
export class RelayTable {
  readonly #options: RelayTableOptions;
  readonly #relays = new Map<Session, Map<string, Relay>>();
  /** Runs a relay. Calls go through dispatch, which is made after the daemon, so it is set afterwards. */
  run: (relay: Relay) => void = () => {};
  /** Begins what the rules of a relay do to a socket that has joined it; set as `run` is. */
  joined: (socket: Socket) => void = () => {};

  constructor(options: RelayTableOptions) {
    this.#options = options;
  }

  /** The relays of a session, the oldest first. */
  of(session: Session): readonly Relay[] {
    return [...(this.#relays.get(session)?.values() ?? [])];
  }

  find(session: Session, id: string): Relay | undefined {
    return this.#relays.get(session)?.get(id);
  }

  /**
   * Begins a relay, or refuses if a call or a pump has the receiving lane of its listener.
   *
   * @param arm arms its rules
   */
  begin(listener: Socket, settings: RelaySettings, arm: ArmRules): Answer<Relay> {
    const { session } = listener;
    const onEnd = (relay: Relay): void => this.#forget(session, relay);
    const onJoin = (socket: Socket): void => this.joined(socket);
    const id = this.#options.ids.relay();
    const relay = new Relay({ ...this.#options, id, listener, settings, onJoin, onEnd });
    const inUse = relay.hold();
    if (inUse) return inUse;
    relay.arm(arm);
    const others = this.#relays.get(session);
    if (others) others.set(relay.id, relay);
    else this.#relays.set(session, new Map([[relay.id, relay]]));
    relay.began();
    this.run(relay);
    return ok(relay);
  }

  /** Ends all relays of a session: their pairs are reset. */
  endOf(session: Session): void {
    for (const relay of this.of(session)) relay.end('reset');
  }

  #forget(session: Session, relay: Relay): void {
    const others = this.#relays.get(session);
    others?.delete(relay.id);
    if (others?.size === 0) this.#relays.delete(session);
  }
}
