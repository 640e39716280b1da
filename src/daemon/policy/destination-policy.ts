import { BlockList, isIP, isIPv4 } from 'node:net';
import {
  type InternetAddress,
  ipv6Bytes,
  ipv6Text,
  isAnyAddress,
  isInternet,
  isLoopback,
  isUnspecified,
  mappedIpv4,
  type SocketAddress,
  sameAddress,
} from '../../winsock/addresses.js';
import { REUSE_DENIED, type Refusal, refuse } from '../answers/refusals.js';
import { embeddedIpv4 } from './embedded-ipv4.js';
import { isThisMachine } from './local-addresses.js';
import { PathRules } from './path-rules.js';

/** One entry: an address range, and the ports in it. */
interface Rule {
  readonly family: 'ipv4' | 'ipv6';
  readonly covers: (address: string) => boolean;
  readonly ports: readonly { readonly from: number; readonly to: number }[];
}

const ALL_PORTS = [{ from: 0, to: 65535 }];

/**
 * Reads an entry `CIDR` or `CIDR PORTS`, where PORTS is a comma list of numbers and ranges, for example
 * `10.1.0.0/16 80,8000-8999`.
 *
 * @throws Error saying what is wrong with the entry
 */
const parseRule = (text: string): Rule => {
  const [cidr = '', ports, ...rest] = text.trim().split(/\s+/);
  const [address = '', prefix, ...more] = cidr.split('/');
  const family = isIP(address);
  const bits = prefix === undefined ? (family === 4 ? 32 : 128) : Number(prefix);
  const badPrefix = prefix !== undefined && !/^\d{1,3}$/.test(prefix);
  if (family === 0 || badPrefix || bits > (family === 4 ? 32 : 128) || more.length > 0 || rest.length > 0) {
    throw new Error(
      `"${text}" is not an address range such as 10.1.0.0/16, alone or with ports: 10.1.0.0/16 80,8000-8999`,
    );
  }
  const range = new BlockList();
  const name = family === 4 ? 'ipv4' : 'ipv6';
  range.addSubnet(address, bits, name);
  return {
    family: name,
    covers: rememberLast((one) => range.check(one, name)),
    ports: ports === undefined ? ALL_PORTS : ports.split(',').map((p) => parsePorts(p, text)),
  };
};

/**
 * A check that remembers its last answer. Programs often name the same address repeatedly, and a BlockList
 * check takes as long as the call that it is for.
 */
const rememberLast = (test: (address: string) => boolean): ((address: string) => boolean) => {
  let last: string | undefined;
  let answer = false;
  return (address) => {
    if (address !== last) {
      answer = test(address);
      last = address;
    }
    return answer;
  };
};

const parsePorts = (part: string, text: string): { from: number; to: number } => {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part);
  const from = Number(match?.[1]);
  const to = Number(match?.[2] ?? match?.[1]);
  if (!match || from > to || to > 65535) throw new Error(`"${part}" in "${text}" is not a port or a range`);
  return { from, to };
};

/** The addresses that one kind of call may name; all others are refused. */
export interface AllowedAddresses {
  /** Entries `CIDR` or `CIDR PORTS`. */
  readonly allow: readonly string[];
  /** Entries of PathRules, for paths of AF_UNIX. */
  readonly unixPaths?: readonly string[];
}

/**
 * The addresses that sockets of real providers may connect to, send to and bind to. The lab needs no policy.
 */
export interface PolicySettings {
  /** For connect, sendTo and sendMsg. */
  readonly connect: AllowedAddresses;
  /** For bind. */
  readonly bind: AllowedAddresses & {
    /** Whether SO_REUSEADDR may be set. */
    readonly reuseAddress: boolean;
  };
  readonly relay?: {
    /** Whether the listener of a relay may be reachable from other machines. */
    readonly remote: boolean;
  };
}

export interface PolicyOptions extends PolicySettings {
  /** Absolute paths of the daemon's own files. No socket may replace them, whatever the entries allow. */
  readonly ownFiles?: readonly string[];
  /** Whether an address (IPv4, or canonical IPv6) and a port are those of the daemon's own listener. */
  readonly isOwnListener: (address: string, port: number) => boolean;
}

/** Lets an error say which key of the policy the entry is in. */
const withKey = <T>(key: string, read: () => T): T => {
  try {
    return read();
  } catch (error) {
    throw new Error(`policy.${key}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
};

/** Decides on numeric addresses and paths, before anything is sent. */
export class DestinationPolicy {
  readonly #rules: Readonly<Record<'connect' | 'bind', readonly Rule[]>>;
  readonly #paths: Readonly<Record<'connect' | 'bind', PathRules>>;
  readonly #ownFiles: PathRules;
  readonly #mayReuseAddress: boolean;
  readonly #relayMayBeRemote: boolean;
  readonly #isOwnListener: PolicyOptions['isOwnListener'];

  /** @throws Error for an entry that cannot be read */
  constructor(options: PolicyOptions) {
    const { connect, bind, relay, ownFiles = [], isOwnListener } = options;
    this.#rules = {
      connect: withKey('connect.allow', () => connect.allow.map(parseRule)),
      bind: withKey('bind.allow', () => bind.allow.map(parseRule)),
    };
    this.#paths = {
      connect: withKey('connect.unixPaths', () => new PathRules(connect.unixPaths ?? [])),
      bind: withKey('bind.unixPaths', () => new PathRules(bind.unixPaths ?? [])),
    };
    this.#ownFiles = new PathRules(ownFiles);
    this.#mayReuseAddress = bind.reuseAddress;
    this.#relayMayBeRemote = relay?.remote ?? false;
    this.#isOwnListener = isOwnListener;
  }

  /**
   * The refusal of SO_REUSEADDR, or undefined if it may be set. With it a socket can receive what is sent to
   * another program that uses the same address and has set it too.
   *
   * @see https://learn.microsoft.com/windows-hardware/drivers/network/sharing-transport-addresses
   */
  judgeReuse(): Refusal | undefined {
    return this.#mayReuseAddress ? undefined : REUSE_DENIED;
  }

  /**
   * The refusal, or undefined if the address is allowed. An IPv6 address that leads to IPv4 addresses counts
   * as these. Multicast groups and broadcast addresses are allowed if an entry lists them, like all others.
   *
   * @param anyPort ignore the port: a multicast group to join has none
   */
  judge(kind: 'connect' | 'bind', to: SocketAddress, anyPort = false): Refusal | undefined {
    if (!isInternet(to)) return this.#judgePath(kind, to.path);
    // It reaches nothing: a datagram socket loses its default peer, and on a stream the connect fails.
    if (kind === 'connect' && isUnspecified(to)) return undefined;
    const embedded = to.family === 'AF_INET6' ? embeddedIpv4(to.address) : [to.address];
    if (embedded === undefined) {
      return refuse('destination-denied', 'Which IPv4 address this leads to is known to its network alone.');
    }
    // An IPv6 address that leads to no IPv4 address, in its canonical spelling.
    const reached = embedded.length > 0 ? embedded : [ipv6Text(ipv6Bytes(to.address))];
    if (reached.some((address) => this.#isOwnListener(address, to.port))) {
      return refuse('destination-denied', 'A socket may not use the address of the listener of this daemon.');
    }
    if (reached.every((address) => this.#isListed(kind, address, anyPort ? undefined : to.port)))
      return undefined;
    return refuse('destination-denied', `policy.${kind}.allow has no entry for this address and port.`);
  }

  /** The refusal of a relay whose listener has that address, or undefined. */
  judgeRelay(listener: SocketAddress): Refusal | undefined {
    if (this.#relayMayBeRemote || !isInternet(listener) || isOfThisMachine(listener)) return undefined;
    return refuse(
      'destination-denied',
      'Other machines can reach this listener; policy.relay.remote allows relays on such listeners.',
    );
  }

  /** @param port undefined: any */
  #isListed(kind: 'connect' | 'bind', address: string, port: number | undefined): boolean {
    const family = isIPv4(address) ? 'ipv4' : 'ipv6';
    return this.#rules[kind].some(
      // The family is compared because a BlockList with ::/0 contains IPv4 addresses too.
      (rule) =>
        rule.family === family &&
        rule.covers(address) &&
        (port === undefined || rule.ports.some(({ from, to }) => port >= from && port <= to)),
    );
  }

  /** Always the same refusal, so that it does not reveal which files exist. */
  #judgePath(kind: 'connect' | 'bind', path: string): Refusal | undefined {
    if (this.#paths[kind].allows(path) && !this.#ownFiles.allows(path)) return undefined;
    return refuse('destination-denied', `policy.${kind}.unixPaths has no entry for this path.`);
  }
}

/** Whether only this machine can connect to the address. */
const isOfThisMachine = (address: InternetAddress): boolean => {
  const mapped = address.family === 'AF_INET6' ? mappedIpv4(address.address) : undefined;
  return isLoopback(mapped === undefined ? address : { family: 'AF_INET', address: mapped, port: 0 });
};

/** Whether a connect to `to` reaches the listener with the address `at`. */
export const reaches = (to: SocketAddress, at: SocketAddress): boolean => {
  if (sameAddress(to, at)) return true;
  if (!isInternet(to) || !isInternet(at) || to.port !== at.port) return false;
  const name = plain(to);
  return name === plain(at) || (isAnyAddress(at) && isThisMachine(name));
};

/** The IPv4 address that the address stands for, or its canonical spelling. */
const plain = ({ family, address }: InternetAddress): string =>
  family === 'AF_INET' ? address : (mappedIpv4(address) ?? ipv6Text(ipv6Bytes(address)));
