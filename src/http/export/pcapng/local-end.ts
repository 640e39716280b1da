import { type InternetAddress, isInternet, type SocketAddress } from '../../../winsock/addresses.js';

/** An address that packets have; a call may have named another one, and failed. */
export const endpoint = (address: SocketAddress | undefined): InternetAddress | undefined =>
  address && isInternet(address) ? address : undefined;

/** Where nothing is known of an end. */
export const unspecified = (family: string): InternetAddress =>
  family === 'AF_INET6'
    ? { family: 'AF_INET6', address: '::', port: 0 }
    : { family: 'AF_INET', address: '0.0.0.0', port: 0 };

/** The local end. Bound to the wildcard it is loopback, too, where the remote end is. */
export const localOf = (local: SocketAddress | undefined, remote: InternetAddress): InternetAddress => {
  const known = endpoint(local) ?? unspecified(remote.family);
  if (known.address !== '0.0.0.0' && known.address !== '::') return known;
  const { port } = known;
  if (/^(?:::ffff:)?127\./.test(remote.address)) return { family: 'AF_INET', address: '127.0.0.1', port };
  if (remote.address === '::1') return { family: 'AF_INET6', address: '::1', port };
  return known;
};
