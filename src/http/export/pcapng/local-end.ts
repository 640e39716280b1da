import { type InternetAddress, isInternet, type SocketAddress } from '../../../winsock/addresses.js';

/** An Internet address; undefined for another one, with which a call has failed. */
export const endpoint = (address: SocketAddress | undefined): InternetAddress | undefined =>
  address && isInternet(address) ? address : undefined;

/** The address of an end that is not known. */
export const unspecified = (family: string): InternetAddress =>
  family === 'AF_INET6'
    ? { family: 'AF_INET6', address: '::', port: 0 }
    : { family: 'AF_INET', address: '0.0.0.0', port: 0 };

/**
 * The local end. A socket bound to the wildcard address has the loopback address if the remote end has one.
 */
export const localOf = (local: SocketAddress | undefined, remote: InternetAddress): InternetAddress => {
  const known = endpoint(local) ?? unspecified(remote.family);
  if (known.address !== '0.0.0.0' && known.address !== '::') return known;
  const { port } = known;
  if (/^(?:::ffff:)?127\./.test(remote.address)) return { family: 'AF_INET', address: '127.0.0.1', port };
  if (remote.address === '::1') return { family: 'AF_INET6', address: '::1', port };
  return known;
};
