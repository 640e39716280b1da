/** The link of a lab network: all its traffic passes it. */
export interface LabLinkSettings {
  /** Milliseconds from one end to the other. */
  readonly latencyMs: number;
  /** Bytes per second, for all traffic together; 0: no limit. */
  readonly bytesPerSecond: number;
  /** Loss of datagrams. `draw` is the generator with the seed; it was created when the loss was set. */
  readonly loss: { readonly probability: number; readonly seed: number; readonly draw: () => number };
  /** Whether the link is cut: datagrams are lost, connects stay pending, streams stall. */
  readonly partition: boolean;
}

/**
 * What a session can do with its lab network. The composition root implements it, so that the daemon imports
 * no adapter.
 */
export interface LabControl {
  readonly link: LabLinkSettings;
  /** Changes the given members, and keeps the others. */
  changeLink(change: Partial<LabLinkSettings>): void;
  /**
   * Makes the network's clock virtual, permanently, and advances it. Due timers run in order, each together
   * with its immediate consequences. One call runs at a time. No HTTP limit, lease or wait uses this clock.
   *
   * @returns the network's time, milliseconds since it began, and how many timers ran
   */
  advance(ms: number): Promise<{ readonly timeMs: number; readonly ran: number }>;
}
