/** The one link that everything in a lab network passes. */
export interface LabLinkSettings {
  /** Milliseconds from one end to the other. */
  readonly latencyMs: number;
  /** Bytes a second, for all traffic together; 0: no limit. */
  readonly bytesPerSecond: number;
  /** Loss of datagrams. The generator belongs to the seed: it was made when the loss was set. */
  readonly loss: { readonly probability: number; readonly seed: number; readonly draw: () => number };
  /** Nothing passes: datagrams vanish, connects stay pending, streams stall. */
  readonly partition: boolean;
}

/**
 * What a session can ask of its lab network. The composition root connects it with the network, so that the
 * daemon knows no adapter.
 */
export interface LabControl {
  readonly link: LabLinkSettings;
  /** Changes what is given and leaves the rest. */
  changeLink(change: Partial<LabLinkSettings>): void;
  /**
   * Makes the network's clock virtual, for good, and moves it on. What is due runs in order, each with what
   * follows from it at once. Calls after each other; no HTTP limit, lease or wait ever runs on this clock.
   *
   * @returns the network's time, milliseconds since it began, and how many timers ran
   */
  advance(ms: number): Promise<{ readonly timeMs: number; readonly ran: number }>;
}
