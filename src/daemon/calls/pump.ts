/**
 * What makes calls on sockets by itself, for as long as bytes move: a raw body, a stream, a relay. It holds the
 * lanes in which it makes them, and other calls there are refused meanwhile.
 */
export interface Pump {
  /** What it is, for the refusal of other calls, for example `a stream`. */
  readonly name: string;
  /** How long one of its calls may wait, milliseconds; absent: until something ends it. */
  readonly idleMs?: number;
  /** Its calls do not keep the session alive. */
  readonly leavesLease?: true;
  /** A socket whose receiving lane it holds has ended. */
  socketEnded?(): void;
}
