import type { FastifyRequest } from 'fastify';
import { refuse } from '../../daemon/answers/refusals.js';
import { ipv6Bytes, ipv6Text, isAddressOf } from '../../winsock/addresses.js';
import { countOf } from '../headers.js';
import type { Gate } from './gate.js';

/** The names of the daemon, from the configuration. */
export interface HostNames {
  /** The address or name that the daemon listens on. */
  readonly host: string;
  /** Further names that clients use, behind a proxy for example: exact, with or without a port. */
  readonly allowedHosts?: readonly string[];
  /** Absent: plain HTTP. */
  readonly tls?: object | undefined;
}

// Deliberately narrow: a registered name, a dotted IPv4 or a bracketed IPv6 literal, and a decimal port.
const HOST = /^(?:\[[0-9a-f:.]{2,45}\]|[a-z0-9_](?:[a-z0-9._-]{0,253}))(?::[0-9]{1,5})?$/i;
const LOOPBACK = new Set(['localhost', '127.0.0.1', '::1', '[::1]']);
const WILDCARD = new Set(['0.0.0.0', '::', '[::]']);

/** Whether a configured listening address can be reached from this machine only. */
export const isLoopback = (host: string): boolean =>
  LOOPBACK.has(host.toLowerCase()) || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);

/** Whether a configured listening address stands for all addresses of this machine. */
export const isWildcard = (host: string): boolean => WILDCARD.has(host);

/** Every Host value, in lower case, that names this daemon at that port. */
export const acceptedHosts = (
  { host, allowedHosts = [], tls }: HostNames,
  port: number,
): ReadonlySet<string> => {
  // A wildcard listens on loopback too. No web page can have an address or localhost as its own name.
  const local = isLoopback(host) || isWildcard(host);
  const own = [...(local ? ['localhost', '127.0.0.1', '[::1]'] : []), asHost(host)];
  const allowed = allowedHosts.map(asHost);
  const isDefault = port === (tls === undefined ? 80 : 443);
  const hosts = new Set<string>();
  for (const name of [...own, ...allowed]) {
    const lower = name.toLowerCase();
    if (!hasPort(lower)) hosts.add(`${lower}:${port}`);
    // A name without a port means the scheme's default port. A name of allowedHosts counts with and without
    // one.
    if (hasPort(lower) || isDefault || allowed.includes(name)) hosts.add(lower);
  }
  return hosts;
};

/** A configured name as clients write it in Host: an IPv6 literal in brackets and in its canonical form. */
export const asHost = (name: string): string => {
  const [, bracketed, port = ''] = /^\[([^\]]*)\](:\d+)?$/.exec(name) ?? [];
  const literal = bracketed ?? name;
  return isAddressOf('AF_INET6', literal) ? `[${ipv6Text(ipv6Bytes(literal))}]${port}` : name;
};

const hasPort = (host: string): boolean => /:\d+$/.test(host) && !/^\[[^\]]*$/.test(host);

const MISDIRECTED = refuse(
  'misdirected',
  'The Host is neither the address and port on which the daemon listens (on loopback also localhost) nor in ' +
    'allowedHosts; add it there or to WINSOCKD_ALLOWED_HOSTS.',
);

/** The authority of an absolute-form request target, undefined for the origin form. */
const authorityOf = (target: string): string | undefined =>
  target.startsWith('/') ? undefined : /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(target)?.[1];

/** Load balancers probe with HTTP/1.0 and without Host; browsers never use HTTP/1.0. */
const isProbeOfHttp10 = ({ raw, originalUrl }: FastifyRequest): boolean =>
  raw.httpVersion === '1.0' && originalUrl.startsWith('/health/');

/**
 * Requires exactly one Host, well-formed and equal to one of the daemon's names. The authority of an
 * absolute-form target counts in place of the header field. This is the defence against DNS rebinding: a web
 * page whose name was resolved to this machine still sends its own name as Host.
 *
 * @param accepted returns the names of the daemon; they contain the port, which is known once the server
 *   listens
 */
export const hostGate =
  (accepted: () => ReadonlySet<string>): Gate =>
  (request) => {
    const hosts = countOf(request.raw.rawHeaders, 'host');
    if (hosts === 0 && isProbeOfHttp10(request)) return undefined;
    if (hosts !== 1) {
      return refuse('bad-host', 'A request has exactly one Host header.');
    }
    const header = request.headers.host ?? '';
    const host = authorityOf(request.originalUrl) ?? header;
    if (!HOST.test(header) || !HOST.test(host)) {
      return refuse('bad-host', 'The Host is not a name or address with an optional port.');
    }
    return accepted().has(host.toLowerCase()) ? undefined : MISDIRECTED;
  };
