import type { Logger } from 'pino';
import { Daemon, type Limits } from './daemon/daemon.js';
import type { IdEndReason } from './daemon/ids/tombstones.js';
import type { ByteAccount } from './daemon/memory/byte-account.js';
import { DestinationPolicy, type PolicySettings } from './daemon/policy/destination-policy.js';
import { isThisMachine } from './daemon/policy/local-addresses.js';
import type { SessionCatalog } from './daemon/session-table.js';
import type { LabControl } from './daemon/sessions/lab-control.js';
import { Catalog } from './daemon/sessions/protocol-catalog.js';
import type { Session } from './daemon/sessions/session.js';
import { type Clock, systemClock } from './daemon/waiting/clock.js';
import { Listeners } from './http/connections/listeners.js';
import { ThriftyLog } from './http/gates/thrifty-log.js';
import { readLessons } from './http/lessons/lessons.js';
import type { BeforeReply } from './http/rest/rest.js';
import { buildServer, type EdgeLimits, type ServerOptions } from './http/server.js';
import { Dispatcher, type DispatchObserver } from './operations/dispatch/dispatch.js';
import { feedOf } from './operations/journal/event-feed.js';
import { CHAPTERS, OPERATIONS } from './operations/list.js';
import { runRelays } from './operations/relay/relay-runner.js';
import { type ClockedNetwork, LabNetworks } from './providers/lab/lab-networks.js';
import { LabProvider } from './providers/lab/lab-provider.js';
import type { Memory } from './providers/lab/memory.js';
import { type DescriptorShares, descriptorShares } from './providers/posix/descriptor-shares.js';
import { openFilesLimit } from './providers/posix/open-files.js';
import type { Provider } from './providers/provider.js';
import type { Failure } from './winsock/outcome.js';
import type { ProviderName } from './winsock/protocol-info.js';

/** Limits of connections and descriptors for clients. */
interface PlaceLimits {
  readonly connections: number;
  readonly connectionsPerOwner: number;
  /** Descriptors that sockets leave free for everything else. */
  readonly reservedDescriptors: number;
}

/** The configuration of the app; secrets are already read. */
export interface AppConfig
  extends Pick<ServerOptions, 'host' | 'tokens' | 'allowedHosts' | 'allowedOrigins' | 'tls' | 'version'> {
  readonly port: number;
  /** The provider whose catalog entries come first. */
  readonly provider: ProviderName;
  readonly policy: PolicySettings;
  /** The daemon's own files, which no socket may replace. */
  readonly ownFiles?: readonly string[];
  readonly limits: Limits & EdgeLimits & PlaceLimits;
  /** How long lingering closes may take when the daemon stops, seconds. */
  readonly drainSeconds: number;
  /** The folder with lessons beside those that ship; empty: only those. Absent: no lessons at all. */
  readonly lessons?: string;
}

/** Replacements for tests. */
export interface AppParts {
  readonly clock?: Clock;
  /** Awaited before an answer is written. */
  readonly beforeReply?: BeforeReply;
  readonly observer?: Partial<DispatchObserver>;
  /** The native provider; undefined to load that of this system. */
  readonly native?: Provider;
}

/** The composed daemon. */
export interface App {
  readonly daemon: Daemon;
  /** Listens as configured and returns the URL. Rejects when the port is in use. */
  listen(): Promise<string>;
  /**
   * Ends the daemon: refuses new work, ends waits, closes the sockets and the listener. Safe to repeat.
   *
   * @param graceMs how long lingering closes may take; the default is that of the configuration
   */
  drain(graceMs?: number): Promise<void>;
  /** Resolves when the daemon has ended, for any reason. */
  readonly ended: Promise<void>;
}

/**
 * Composes the daemon from its parts. Does not listen.
 *
 * @throws Error of one line for the user when a library is missing, or a policy entry or a lesson is invalid
 */
export const createApp = async (config: AppConfig, log: Logger, parts: AppParts = {}): Promise<App> => {
  const clock = parts.clock ?? systemClock;
  const shares = descriptorShares(config.limits, openFilesLimit());
  const lines = new ThriftyLog(log);
  const native = parts.native ?? (await loadNative(config.provider, shares));
  const labs: LabNetworks = new LabNetworks(clock, (owner) => labMemory(daemon.bytes.of(owner)));
  const startedAt = clock.wall();
  let port = 0;

  const daemon: Daemon = new Daemon({
    clock,
    limits: config.limits,
    policy: new DestinationPolicy({
      ...config.policy,
      ownFiles: config.ownFiles ?? [],
      isOwnListener: (address, to) => to === port && isThisMachine(address),
    }),
    openCatalog: (owner, labNetwork) => openCatalog(labs, native, config.provider, owner, labNetwork),
    onSessionEnd: (session, reason) => logSessionEnd(lines, session, reason, daemon.sockets.countOf(session)),
  });
  const dispatcher = new Dispatcher(daemon, OPERATIONS, { ...loggingObserver(lines), ...parts.observer });

  runRelays(daemon, dispatcher.dispatch, (bug) => log.error({ err: bug }, 'a relay has met a bug'));

  let draining: Promise<void> | undefined;
  const drain = (graceMs = config.drainSeconds * 1000): Promise<void> => {
    draining ??= end(graceMs);
    return draining;
  };
  let reportEnd: () => void = () => {};
  const ended = new Promise<void>((resolve) => {
    reportEnd = resolve;
  });

  const lessons = config.lessons === undefined ? [] : await readLessons(config.lessons, CHAPTERS, clock);
  const server = await buildServer({
    ...config,
    lessons,
    chapters: CHAPTERS,
    operations: OPERATIONS,
    dispatch: dispatcher.dispatch,
    findSocket: (id) => daemon.sockets.find(id),
    endSocket: (socket) => daemon.sockets.end(socket, 'closed').endLinger('abort'),
    rooms: daemon.rooms,
    log,
    connections: shares.connections,
    connectionsPerOwner: shares.connectionsPerOwner,
    descriptors: shares.connectionsBelow,
    beforeReply: parts.beforeReply,
    events: feedOf(daemon),
    bytes: daemon.bytes,
    turns: daemon.turns,
    clock,
    health: {
      isDraining: () => daemon.draining,
      notReady: () => readiness(native),
      about: (owner) => ({
        version: config.version,
        startedAt: startedAt.toISOString(),
        providers: inCatalogOrder(config.provider, 'lab', native?.name),
        limits: config.limits,
        clock: { wall: clock.wall().toISOString(), monotonicMs: Math.round(clock.now() * 1000) / 1000 },
        owner,
      }),
      drain: () => void drain(),
    },
  });

  const listeners = new Listeners(server);

  const end = async (graceMs: number): Promise<void> => {
    log.info({ sessions: daemon.sessions.size, sockets: daemon.sockets.size }, 'draining');
    await daemon.drain(graceMs);
    await listeners.close();
    native?.dispose();
    lines.close();
    log.info('stopped');
    reportEnd();
  };

  const listen = async (): Promise<string> => {
    // libuv sets neither SO_REUSEADDR nor SO_EXCLUSIVEADDRUSE on Windows, and Node has no option for them.
    // If the host is a wildcard, another program of the same user can bind the port at one address and
    // receive its connections.
    // https://learn.microsoft.com/windows-hardware/drivers/network/sharing-transport-addresses
    const url = await listeners.listen({ host: config.host, port: config.port });
    const address = server.server.address();
    if (typeof address === 'object' && address !== null) port = address.port;
    return url;
  };

  return { daemon, listen, drain, ended };
};

/** Loads the adapter of this system; on others there is only the lab. */
const loadNative = async (
  wanted: ProviderName,
  { socketsBelow, others }: DescriptorShares,
): Promise<Provider | undefined> => {
  if (process.platform === 'win32') {
    const { Ws2_32Provider } = await import('./providers/ws2_32/ws2_32-provider.js');
    if (wanted === 'posix') throw new Error('provider "posix" is not on Windows; use "ws2_32" or "lab"');
    return Ws2_32Provider.load();
  }
  if (wanted === 'ws2_32') throw new Error('provider "ws2_32" is on Windows only; use "posix" or "lab"');
  if (process.platform !== 'linux') {
    if (wanted === 'posix') throw new Error('provider "posix" is on Linux only; use "lab"');
    return undefined;
  }
  const { PosixProvider } = await import('./providers/posix/posix-provider.js');
  return PosixProvider.load(undefined, { most: socketsBelow, others });
};

/** The lab and the native provider, if there is one, in the order of their catalog entries. */
const inCatalogOrder = <T>(first: ProviderName, lab: T, native: T | undefined): readonly T[] => {
  if (native === undefined) return [lab];
  return first === 'lab' ? [lab, native] : [native, lab];
};

const openCatalog = (
  labs: LabNetworks,
  native: Provider | undefined,
  first: ProviderName,
  owner: string,
  labNetwork: string | undefined,
): SessionCatalog => {
  const { network, release } = labs.join(owner, labNetwork);
  const lab = new LabProvider(network);
  return {
    catalog: new Catalog(inCatalogOrder<Provider>(first, lab, native)),
    lab: labControl(network),
    release: () => {
      lab.dispose();
      release();
    },
  };
};

/** The memory of an owner's lab networks, as part of the owner's account. */
const labMemory = (account: ByteAccount): Memory => ({
  fits: (bytes) => account.fitsQueue(bytes),
  count: (bytes) => account.count(bytes),
  release: (bytes) => account.release(bytes),
});

/** The control of a session's lab network, independent of the adapter. */
const labControl = ({ link, clock }: ClockedNetwork): LabControl => ({
  get link() {
    return link.settings;
  },
  changeLink: (change) => link.change(change),
  advance: async (ms) => {
    const ran = await clock.advance(ms);
    return { timeMs: clock.elapsed, ran };
  },
});

/** The daemon is not ready when the native system cannot list its protocols. */
const readiness = (native: Provider | undefined): Failure | undefined => {
  const entries = native?.enumProtocols();
  return entries === undefined || entries.ok ? undefined : entries;
};

const loggingObserver = (lines: ThriftyLog): DispatchObserver => ({
  unstated: (op, { code, call }) =>
    lines.write('warn', '', { operation: op.name, code, call }, 'a code that is not stated'),
  lostHandle: (op, socketId) =>
    lines.write('error', '', { operation: op.name, socketId }, 'a live id lost its handle'),
});

const logSessionEnd = (
  lines: ThriftyLog,
  { id, owner }: Session,
  reason: IdEndReason,
  sockets: number,
): void => lines.write('info', owner, { sessionId: id, owner, reason, sockets }, 'session ended');
