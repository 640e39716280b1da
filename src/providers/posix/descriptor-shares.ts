/** How the files that the process may open are shared out. A new one has the lowest number that is free: open(2). */
export interface DescriptorShares {
  /** Connections at once. */
  readonly connections: number;
  /** Of these those of one owner: never more than half, however few there are. */
  readonly connectionsPerOwner: number;
  /** Connections have descriptors below this one. */
  readonly connectionsBelow: number;
  /** Sockets have descriptors below this one. */
  readonly socketsBelow: number;
  /** So many at most are no sockets. */
  readonly others: number;
}

/** Of the descriptors that sockets leave free, one in so many is left by connections, too, but never fewer than these. */
const MOMENTARY = { oneIn: 4, least: 8 } as const;

/**
 * Neither connections nor what sockets leave free can be more than half of the files: whoever has no token leaves
 * sockets something, and so does who has configured more than the system gives. What connections leave is for files that
 * are open for a moment, such as a connection that takes the place of another.
 *
 * @param openFiles that the process may have
 */
export const descriptorShares = (
  limits: {
    readonly connections: number;
    readonly connectionsPerOwner: number;
    readonly reservedDescriptors: number;
  },
  openFiles: number,
): DescriptorShares => {
  const half = Math.floor(openFiles / 2);
  const connections = Math.min(limits.connections, half);
  const reserved = Math.min(limits.reservedDescriptors, half);
  const momentary = Math.max(MOMENTARY.least, Math.floor(reserved / MOMENTARY.oneIn));
  return {
    connections,
    connectionsPerOwner: Math.min(limits.connectionsPerOwner, Math.floor(connections / 2)),
    connectionsBelow: openFiles - momentary,
    socketsBelow: openFiles - reserved,
    others: connections + reserved,
  };
};
