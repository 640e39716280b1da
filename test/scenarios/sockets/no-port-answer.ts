/** One line of what no-port-child.ts prints. */
export interface NoPortAnswer {
  /** What the daemon's bind policy allows. */
  readonly policy: string;
  readonly what: string;
  /** The name of the code, or `done`. */
  readonly answer: string;
  readonly ms: number;
  /** Processor time divided by the time limit of the call. */
  readonly cpuShare: number;
}
