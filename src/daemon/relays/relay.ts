import type { SocketAddress } from '../../winsock/addresses.js';
import type { Failure } from '../../winsock/outcome.js';
import type { ProviderName } from '../../winsock/protocol-info.js';
import type { Refusal } from '../answers/refusals.js';
import type { Pump } from '../calls/pump.js';
import type { FaultRule, RelayEnd } from '../faults/fault-rule.js';
import type { RelayId } from '../ids/ids.js';
import { NewestItems } from '../journal/newest-items.js';
import type { SocketTable } from '../socket-table.js';
import type { Socket } from '../sockets/socket.js';
import type { SocketEnd } from '../sockets/socket-end.js';
import type { Clock } from '../waiting/clock.js';
import { Signal } from '../waiting/signal.js';
import { Pair } from './pair.js';

/** Most pairs of one relay that are open at once. */
export const MOST_PAIRS = 1000;
/** So many of the pairs that have ended are remembered. */
export const ENDED_PAIRS = 100;

export interface RelaySettings {
  readonly upstream: SocketAddress;
  /** The entry of the catalog for the sockets that connect. */
  readonly catalogEntryId: number;
  readonly provider: ProviderName;
  readonly maxConnections: number;
  readonly connectTimeoutMs: number;
  /** Its sockets capture so many bytes of each send and receive; absent: as the listener does. */
  readonly captureBytes?: number;
}

export interface RelayParts {
  readonly id: RelayId;
  readonly listener: Socket;
  readonly settings: RelaySettings;
  readonly clock: Clock;
  readonly sockets: SocketTable;
  /** A socket is in an open pair from now on. */
  readonly onJoin: (socket: Socket) => void;
  /** It has ended, and has no pairs. */
  readonly onEnd: (relay: Relay) => void;
}

/** Arms rules for the sockets of the relay with that id. */
export type ArmRules = (relayId: string) => readonly FaultRule[];

/** `finishing`: accepts no more, and ends with its last pair. */
export type RelayState = 'running' | 'paused' | 'finishing' | 'ended';

/**
 * A listener whose connections are joined to connections to an upstream address: its settings, its pairs and
 * what they have moved. What moves the bytes calls it; it makes no calls.
 */
export class Relay {
  readonly id: RelayId;
  readonly listener: Socket;
  readonly settings: RelaySettings;
  readonly createdAt: Date;
  /** Holds the receiving lane of the listener, in which it accepts. */
  readonly acceptor: Pump = {
    name: 'a relay',
    leavesLease: true,
    socketEnded: () => void this.end('reset'),
  };
  /** Fires when it may accept again, when it may not, and when a pair has ended. */
  readonly changed = new Signal();
  /** Bytes of all pairs, by the end that has taken them. */
  readonly bytesTo: Record<RelayEnd, number> = { client: 0, upstream: 0 };
  readonly #parts: RelayParts;
  readonly #pairs = new Set<Pair>();
  readonly #ended = new NewestItems<Pair>(ENDED_PAIRS);
  #opened = 0;
  #state: RelayState = 'running';
  #rules: readonly FaultRule[] = [];

  constructor(parts: RelayParts) {
    this.#parts = parts;
    this.id = parts.id;
    this.listener = parts.listener;
    this.settings = parts.settings;
    this.createdAt = parts.clock.wall();
  }

  get state(): RelayState {
    return this.#state;
  }

  /** Whether it takes connections, now or after a pause. */
  get isLive(): boolean {
    return this.#state === 'running' || this.#state === 'paused';
  }

  /** Whether it takes a connection now. */
  get isAccepting(): boolean {
    return this.#state === 'running' && this.#pairs.size < this.settings.maxConnections;
  }

  /** Pairs so far. */
  get opened(): number {
    return this.#opened;
  }

  /** The open pairs, the oldest first. */
  get open(): readonly Pair[] {
    return [...this.#pairs];
  }

  /** The newest of the pairs that have ended, in the order of their ends. */
  get ended(): readonly Pair[] {
    return this.#ended.from(() => true);
  }

  /** The ids of its armed fault rules, which end with it. */
  get faultIds(): readonly string[] {
    return this.#armed.map(({ id }) => id);
  }

  get #armed(): readonly FaultRule[] {
    const { faults } = this.listener.session;
    return this.#rules.filter(({ id }) => faults.find(id) !== undefined);
  }

  /** Whether the rule is one of those that it has now, armed or removed. */
  hasRule(rule: FaultRule): boolean {
    return this.#rules.includes(rule);
  }

  /** Takes the receiving lane of its listener; the refusal: a call or a pump has it. */
  hold(): Refusal | undefined {
    return this.listener.lanes.recv.hold(this.acceptor);
  }

  pause(isPaused: boolean): void {
    if (!this.isLive) return;
    this.#state = isPaused ? 'paused' : 'running';
    this.changed.fire();
  }

  /**
   * Arms rules in place of those that it has.
   *
   * @returns those that were armed, and whether no others have replaced the new ones since
   */
  arm(arm: ArmRules): { replaced: readonly FaultRule[]; isCurrent: () => boolean } {
    const { faults } = this.listener.session;
    const replaced = this.#armed;
    for (const { id } of replaced) faults.remove(id);
    const rules = arm(this.id);
    this.#rules = rules;
    return { replaced, isCurrent: () => this.#rules === rules };
  }

  /** A connection was accepted. */
  openPair(client: Socket): Pair {
    const pair = new Pair(++this.#opened, client.journal.remoteAddress, this.#parts.clock.wall());
    this.#pairs.add(pair);
    this.join(pair, 'client', client);
    this.#publish('began', pair);
    return pair;
  }

  /** Gives a pair the socket of one end. If the pair has ended meanwhile, the socket ends too. */
  join(pair: Pair, end: RelayEnd, socket: Socket): void {
    socket.relay = { relayId: this.id, end, pair: pair.number };
    const { captureBytes } = this.settings;
    if (captureBytes !== undefined) socket.journal.captureBytes = captureBytes;
    pair.put(end, socket);
    if (pair.state === 'open') this.#parts.onJoin(socket);
    else this.#parts.sockets.end(socket, 'relay-reset');
  }

  /** Bytes of a pair were taken by the socket of an end. */
  moved(pair: Pair, to: RelayEnd, bytes: number): void {
    pair.bytesTo[to] += bytes;
    this.bytesTo[to] += bytes;
  }

  /** Both streams of a pair have ended, and its sockets are closed. */
  closePair(pair: Pair): void {
    this.#endPair(pair, 'closed');
  }

  /** Resets both ends of a pair. @param failure the answer that is the reason, if a call is */
  resetPair(pair: Pair, failure?: Failure | Refusal): readonly SocketEnd[] {
    const ends = pair.sockets.map((socket) => this.#parts.sockets.end(socket, 'relay-reset'));
    // Closes that were under way may linger, or a fault may delay them.
    for (const end of ends) end.endLinger('abort');
    this.#endPair(pair, 'reset', failure);
    return ends;
  }

  /**
   * Accepts no more, and gives the listener back.
   *
   * @param pairs `reset`: they end now; `finish`: when both of their streams have ended
   * @returns what ends with it
   */
  end(pairs: 'finish' | 'reset'): readonly SocketEnd[] {
    if (this.isLive) {
      this.#state = 'finishing';
      this.listener.lanes.recv.release(this.acceptor);
      this.changed.fire();
    }
    const ends = pairs === 'reset' ? this.open.flatMap((pair) => this.resetPair(pair)) : [];
    this.#endIfDone();
    return ends;
  }

  /** Its beginning is an event, as its end is. */
  began(): void {
    this.#publish('began');
  }

  #endPair(pair: Pair, state: 'closed' | 'reset', failure?: Failure | Refusal): void {
    if (!this.#pairs.delete(pair)) return;
    pair.end(state, this.#parts.clock.wall(), failure);
    this.#ended.push(pair);
    this.#publish('ended', pair);
    this.#endIfDone();
    this.changed.fire();
  }

  #endIfDone(): void {
    if (this.#state !== 'finishing' || this.#pairs.size > 0) return;
    this.#state = 'ended';
    this.arm(() => []);
    this.#parts.onEnd(this);
    this.#publish('ended');
  }

  #publish(change: 'began' | 'ended', pair?: Pair): void {
    const failure = pair?.failure;
    this.listener.session.journal.relayChanged(
      {
        kind: 'relay',
        relayId: this.id,
        change,
        ...(pair && { pair: pair.number }),
        ...(failure && ('code' in failure ? { code: failure.code } : { refusal: failure.refusal })),
      },
      pair ? pair.idOf('client') : this.listener.id,
      pair?.idOf('upstream'),
    );
  }
}
