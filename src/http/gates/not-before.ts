import { refuse } from '../../daemon/answers/refusals.js';
import { ok, type Success } from '../../winsock/outcome.js';
import type { Gate } from './gate.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The instant of Winsockd-Not-Before, milliseconds of the daemon's clock. */
    notBefore: number | undefined;
  }
  interface FastifyContextConfig {
    /** Whether a route takes Winsockd-Not-Before. */
    takesInstant?: boolean;
  }
}

/** The clock of the daemon. */
export interface InstantClock {
  /** Milliseconds of a clock that nobody sets, with fractions. */
  now(): number;
  wall(): Date;
  setTimeout(ms: number, run: () => void): { clear(): void };
}

/** A text that names no instant, or one that is too far ahead. */
interface WrongInstant {
  readonly ok: false;
  /** What is wrong, without a subject and without a full stop. */
  readonly detail: string;
}

/** https://www.rfc-editor.org/rfc/rfc3339#section-5.6, with exactly three digits of a second's fraction. */
const WALL = /^(\d{4})-(\d\d)-(\d\d)T\d\d:\d\d:\d\d\.\d{3}(?:Z|[+-]\d\d:\d\d)$/i;

const MONOTONIC = /^monotonic=(\d{1,15}(?:\.\d{1,20})?)$/;

/** Reads the instants before which calls must not begin. */
export class Instants {
  readonly clock: InstantClock;
  readonly #mostAheadMs: number;

  /** @param mostAheadMs how far ahead an instant may be */
  constructor(clock: InstantClock, mostAheadMs: number) {
    this.clock = clock;
    this.#mostAheadMs = mostAheadMs;
  }

  /**
   * The instant of a text by the daemon's clock: `monotonic=` with milliseconds of that clock, or a time of
   * the wall clock. That is converted once, so that later changes of the wall clock do not matter.
   */
  read(text: string): Success<number> | WrongInstant {
    const [, ms] = MONOTONIC.exec(text) ?? [];
    const instant = ms === undefined ? this.#ofWall(text) : Number(ms);
    if (instant === undefined) {
      return wrong('must be a time such as 2030-01-31T12:00:00.000Z, or monotonic= and milliseconds');
    }
    return this.msUntil(instant) > this.#mostAheadMs
      ? wrong(`must be at most ${this.#mostAheadMs} milliseconds ahead`)
      : ok(instant);
  }

  /** How long until an instant, milliseconds; 0 if it has passed. */
  msUntil(instant: number): number {
    return Math.max(0, instant - this.clock.now());
  }

  #ofWall(text: string): number | undefined {
    const match = WALL.exec(text);
    if (!match) return undefined;
    const [, year, month, day] = match;
    const wanted = Date.parse(text.toUpperCase());
    if (Number.isNaN(wanted) || !isDay(Number(year), Number(month), Number(day))) return undefined;
    // In this order: time that passes in between makes the instant later, never earlier.
    const wall = this.clock.wall().getTime();
    return this.clock.now() + (wanted - wall);
  }
}

/** Date.parse takes 31 days for each month. */
const isDay = (year: number, month: number, day: number): boolean =>
  new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day;

const wrong = (detail: string): WrongInstant => ({ ok: false, detail });

const NOT_TAKEN = refuse(
  'bad-request',
  'Winsockd-Not-Before is for operations that change something or wait; a batch has the member notBefore.',
);

/** Reads Winsockd-Not-Before. Routes that make no call at once take none. */
export const notBeforeGate =
  (instants: Instants): Gate =>
  (request) => {
    const field = request.headers['winsockd-not-before'];
    if (field === undefined) return undefined;
    if (!request.routeOptions.config.takesInstant) return NOT_TAKEN;
    // Several fields are joined with commas, which makes no instant.
    const instant = instants.read(String(field));
    if (!instant.ok) return refuse('bad-request', `Winsockd-Not-Before ${instant.detail}.`);
    request.notBefore = instant.value;
    return undefined;
  };
