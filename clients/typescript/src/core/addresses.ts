import type { SocketAddress, SocketType } from './operations.gen.js';
import type { Wait } from './operations.js';
import type { Owner } from './owner.js';

/** An address as Node writes it: a host, which may be a name, and a port. */
export interface HostAndPort {
  /** A name or a numeric address; `127.0.0.1` unless given. */
  readonly host?: string | undefined;
  readonly port: number;
}

const LOOPBACK = '127.0.0.1';

/** An address: host and port, or as the daemon writes it, such as `listener.address()`. */
export type Address = HostAndPort | SocketAddress;

/**
 * The addresses that an address stands for: itself if it is numeric, otherwise what the daemon's resolver finds.
 *
 * @throws WinsockError, such as WSAHOST_NOT_FOUND
 */
export const resolved = async (
  { calls, sessionId, provider }: Owner,
  address: Address,
  type: SocketType,
  { signal, timeoutMs }: Wait = {},
): Promise<readonly SocketAddress[]> => {
  if ('family' in address) return [address];
  const { host = LOOPBACK, port } = address;
  const numeric = numericAddress(host, port);
  if (numeric !== undefined) return [numeric];
  const query = { sessionId, node: host, service: String(port), type, provider, timeoutMs };
  const { addresses } = await calls.call('getAddrInfo', query, { signal });
  return addresses.map((one) => one.address);
};

/** The address as the daemon writes it; undefined if the host is a name. */
const numericAddress = (host: string, port: number): SocketAddress | undefined => {
  if (/^\d+(\.\d+){3}$/.test(host)) return { family: 'AF_INET', address: host, port };
  const [literal = '', scope] = host.split('%');
  if (!literal.includes(':')) return undefined;
  return { family: 'AF_INET6', address: literal, port, ...(scope && { scopeId: Number(scope) }) };
};
