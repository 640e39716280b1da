import type { WsaName } from '../../winsock/errors.js';
import type { LabClock } from './clock.js';
import type { LabLink } from './link.js';

/** SO_KEEPALIVE at one end: how long a connection may be silent, and how far the probes are apart. */
export interface KeepAlive {
  readonly idleMs: number;
  readonly intervalMs: number;
}

/** Windows: two hours, then probes a second apart; the connection is dead when ten are not answered. */
export const DEFAULT_KEEP_ALIVE: KeepAlive = Object.freeze({ idleMs: 2 * 3_600_000, intervalMs: 1000 });
export const KEEP_ALIVE_PROBES = 10;

/**
 * How long the stack sends unacknowledged data again before it gives the connection up: as long as it tries
 * to connect.
 */
export const RETRANSMISSION_LIMIT_MS = 21_000;

/** What one end of a connection tells about itself. */
export interface EndState {
  /** `keepAlive` is undefined while SO_KEEPALIVE is off. */
  readonly options: { readonly keepAlive: KeepAlive | undefined };
  /** Whether something of this end has not arrived at the other. */
  readonly unacknowledged: boolean;
}

/** What carries a connection: one for both its ends. */
export interface Wire {
  readonly clock: LabClock;
  readonly link: LabLink;
  /** When something last arrived from either end, by the clock. */
  heardAt: number;
}

/**
 * Finds out for one end whether the other is gone. While the link is whole every probe and every byte is
 * answered, so that there is nothing to count; only a cut lets the time limits run.
 */
export class Liveness {
  readonly #wire: Wire;
  readonly #end: EndState;
  readonly #dead: (why: WsaName) => void;
  readonly #cuts: { stop(): void };
  #timer: { clear(): void } | undefined;
  /** Since when data waits for its acknowledgement in vain. */
  #retransmittingSince: number | undefined;

  /** @param dead told once why the connection is given up */
  constructor(wire: Wire, end: EndState, dead: (why: WsaName) => void) {
    this.#wire = wire;
    this.#end = end;
    this.#dead = dead;
    this.#cuts = wire.link.onCut(() => this.check());
  }

  /** To be called after everything that may have changed what the end tells about itself. */
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
    // As TCP does: no probes while data waits for its acknowledgement.
    if (this.#retransmittingSince !== undefined) {
      return { at: this.#retransmittingSince + RETRANSMISSION_LIMIT_MS, why: 'WSAECONNABORTED' };
    }
    const { keepAlive } = this.#end.options;
    if (!keepAlive) return undefined;
    const { idleMs, intervalMs } = keepAlive;
    const { heardAt } = this.#wire;
    // The last answer: of a byte, or of a probe, which comes after each time of silence until the cut.
    const silences = Math.floor(Math.max(0, cutAt - heardAt) / Math.max(1, idleMs));
    const answeredAt = heardAt + silences * idleMs;
    return { at: answeredAt + idleMs + KEEP_ALIVE_PROBES * intervalMs, why: 'WSAENETRESET' };
  }
}
