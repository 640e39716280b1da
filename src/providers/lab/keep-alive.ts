import type { WsaName } from '../../winsock/errors.js';
import type { LabClock } from './clock.js';
import type { LabLink } from './link.js';

/** SO_KEEPALIVE at one end: the idle time before the first probe, and the time between probes. */
export interface KeepAlive {
  readonly idleMs: number;
  readonly intervalMs: number;
}

/**
 * The defaults of Windows: two hours, then a probe each second. After ten unanswered probes the connection
 * is dead.
 */
export const DEFAULT_KEEP_ALIVE: KeepAlive = Object.freeze({ idleMs: 2 * 3_600_000, intervalMs: 1000 });
export const KEEP_ALIVE_PROBES = 10;

/**
 * How long unacknowledged data is sent again before the connection is given up; the same limit as for a
 * connect.
 */
export const RETRANSMISSION_LIMIT_MS = 21_000;

/** The state of one end of a connection that decides about keep-alive. */
export interface EndState {
  /** `keepAlive` is undefined while SO_KEEPALIVE is off. */
  readonly options: { readonly keepAlive: KeepAlive | undefined };
  /** Whether data of this end has not arrived at the other end. */
  readonly unacknowledged: boolean;
}

/** The link and clock of a connection; both ends share one. */
export interface Wire {
  readonly clock: LabClock;
  readonly link: LabLink;
  /** When data of either end last arrived, by the clock. */
  heardAt: number;
}

/**
 * Detects for one end that the other is gone. While the link works, every probe and every byte is answered,
 * so nothing is counted. Only a cut link starts the time limits.
 */
export class Liveness {
  readonly #wire: Wire;
  readonly #end: EndState;
  readonly #dead: (why: WsaName) => void;
  readonly #cuts: { stop(): void };
  #timer: { clear(): void } | undefined;
  /** Since when data waits for an acknowledgement that cannot arrive. */
  #retransmittingSince: number | undefined;

  /** @param dead called once with the reason when the connection is given up */
  constructor(wire: Wire, end: EndState, dead: (why: WsaName) => void) {
    this.#wire = wire;
    this.#end = end;
    this.#dead = dead;
    this.#cuts = wire.link.onCut(() => this.check());
  }

  /** Must be called after each change that can affect the EndState. */
  check(): void {
    this.#timer?.clear();
    const { clock, link } = this.#wire;
    const { cutAt } = link;
    if (cutAt === undefined) {
      this.#retransmittingSince = undefined;
      return;
    }
    const now = clock.now();
    this.#retransmittingSince = this.#end.unacknowledged ? (this.#retransmittingSince ?? now) : undefined;
    const limit = this.#limit(cutAt);
    if (limit === undefined) return;
    this.#timer = clock.setTimeout(Math.max(0, limit.at - now), () => {
      this.stop();
      this.#dead(limit.why);
    });
  }

  stop(): void {
    this.#timer?.clear();
    this.#cuts.stop();
  }

  #limit(cutAt: number): { at: number; why: WsaName } | undefined {
    // As with TCP, no probes are sent while data waits for an acknowledgement.
    if (this.#retransmittingSince !== undefined) {
      return { at: this.#retransmittingSince + RETRANSMISSION_LIMIT_MS, why: 'WSAECONNABORTED' };
    }
    const { keepAlive } = this.#end.options;
    if (!keepAlive) return undefined;
    const { idleMs, intervalMs } = keepAlive;
    const { heardAt } = this.#wire;
    // The last answer was that of a byte, or of a probe, which came after each idle period until the cut.
    const silences = Math.floor(Math.max(0, cutAt - heardAt) / Math.max(1, idleMs));
    const answeredAt = heardAt + silences * idleMs;
    return { at: answeredAt + idleMs + KEEP_ALIVE_PROBES * intervalMs, why: 'WSAENETRESET' };
  }
}
