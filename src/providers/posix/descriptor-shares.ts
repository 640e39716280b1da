/** How the descriptors of the process are divided. A new descriptor is the lowest free number: open(2). */
export interface DescriptorShares {
  /** Most simultaneous connections. */
  readonly connections: number;
  /** Most connections of one owner: never more than half of them. */
  readonly connectionsPerOwner: number;
  /** Connections have descriptors below this one. */
  readonly connectionsBelow: number;
  /** Sockets have descriptors below this one. */
  readonly socketsBelow: number;
  /** Most descriptors that are not sockets. */
  readonly others: number;
}

/** Connections leave free one in `oneIn` of the descriptors that sockets leave free, and at least `least`. */
const BRIEF_FILES = { oneIn: 4, least: 8 } as const;

/**
 * Divides the descriptors. Neither the connections nor the descriptors that sockets leave free can exceed
 * half of the files, so clients without a token, or a configuration above the system's limit, always leave
 * some for sockets. The rest that connections leave free is for files that are open briefly, such as a
 * connection that replaces another.
 *
 * @param openFiles how many files the process may have open
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
  const momentary = Math.max(BRIEF_FILES.least, Math.floor(reserved / BRIEF_FILES.oneIn));
  return {
    connections,
    connectionsPerOwner: Math.min(limits.connectionsPerOwner, Math.floor(connections / 2)),
    connectionsBelow: openFiles - momentary,
    socketsBelow: openFiles - reserved,
    others: connections + reserved,
  };
};
