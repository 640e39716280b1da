import {
  ipv4Bytes,
  ipv4Text,
  ipv6Bytes,
  ipv6Text,
  isAddressOf,
  type SocketAddress,
} from '../../winsock/addresses.js';

/** Linux numbers of the families; AF_INET6 is 23 on Windows. */
export const LINUX_FAMILY = { AF_UNSPEC: 0, AF_INET: 2, AF_INET6: 10 } as const;

const IN_LENGTH = 16;
const IN6_LENGTH = 28;

/**
 * The one sockaddr buffer of an adapter, with its socklen_t: writing into a reused Buffer is four times
 * cheaper than a struct that koffi builds. What it holds is valid until the next call that uses it.
 *
 * Layouts: ip(7) sockaddr_in, ipv6(7) sockaddr_in6.
 */
export class SockaddrBuffer {
  /** For native calls: as large as sockaddr_storage. */
  readonly name = Buffer.alloc(128);
  /** For native calls that fill the name: socklen_t, in and out. */
  readonly length = Buffer.alloc(4);

  /** Makes ready for a native call that fills the name. */
  expect(): void {
    this.name.writeUInt16LE(LINUX_FAMILY.AF_UNSPEC, 0);
    this.length.writeUInt32LE(this.name.length, 0);
  }

  /**
   * Writes an address.
   *
   * @returns its length in bytes
   * @throws RangeError for a text that is no literal of its family, or a number out of its range
   */
  write(address: SocketAddress): number {
    if (!isAddressOf(address.family, address.address)) {
      throw new RangeError(`no ${address.family} literal: ${JSON.stringify(address.address)}`);
    }
    this.name.fill(0, 0, IN6_LENGTH);
    this.name.writeUInt16LE(LINUX_FAMILY[address.family], 0);
    this.name.writeUInt16BE(address.port, 2); // Buffer's writers throw a RangeError themselves
    if (address.family === 'AF_INET') {
      this.name.set(ipv4Bytes(address.address), 4);
      return IN_LENGTH;
    }
    this.name.writeUInt32BE(address.flowInfo ?? 0, 4);
    this.name.set(ipv6Bytes(address.address), 8);
    this.name.writeUInt32LE(address.scopeId ?? 0, 24);
    return IN6_LENGTH;
  }

  /** An address of family AF_UNSPEC: connect(2) takes it as "dissolve the association". Gives its length. */
  writeUnspecified(): number {
    this.name.fill(0, 0, IN_LENGTH);
    return IN_LENGTH;
  }

  /** The address that a native call has filled in; undefined when it has filled in none. */
  read(): SocketAddress | undefined {
    const family = this.name.readUInt16LE(0);
    const port = this.name.readUInt16BE(2);
    if (family === LINUX_FAMILY.AF_INET) {
      return { family: 'AF_INET', address: ipv4Text(this.name.subarray(4, 8)), port };
    }
    if (family !== LINUX_FAMILY.AF_INET6) return undefined;
    const flowInfo = this.name.readUInt32BE(4);
    const scopeId = this.name.readUInt32LE(24);
    return {
      family: 'AF_INET6',
      address: ipv6Text(this.name.subarray(8, 24)),
      port,
      ...(scopeId === 0 ? {} : { scopeId }),
      ...(flowInfo === 0 ? {} : { flowInfo }),
    };
  }
}

/** The all-zero address: INADDR_ANY, in6addr_any. */
export const isUnspecified = (address: SocketAddress): boolean =>
  address.family === 'AF_INET'
    ? address.address === '0.0.0.0'
    : ipv6Bytes(address.address).every((byte) => byte === 0);
