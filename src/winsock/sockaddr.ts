import {
  ipv4Bytes,
  ipv4Text,
  ipv6Bytes,
  ipv6Text,
  isAddressOf,
  isUnixPath,
  type SocketAddress,
} from './addresses.js';
import type { AddressFamily } from './constants.js';

const IN_LENGTH = 16;
const IN6_LENGTH = 28;
/** sizeof(struct sockaddr_un) of afunix.h: the family and 108 bytes of path. */
const UN_LENGTH = 110;
const PATH_AT = 2;

/**
 * The family numbers of a system: AF_INET6 is 23 on Windows and 10 on Linux. The rest of a sockaddr is the
 * same.
 */
export type FamilyNumbers = Readonly<Record<AddressFamily, number>>;

/**
 * The sockaddr buffer of an adapter, with its length. All calls reuse it, since writing into a Buffer is
 * four times cheaper than a struct of the FFI. The content is valid until the next call that uses it.
 *
 * Layouts: https://learn.microsoft.com/windows/win32/winsock/sockaddr-2, ip(7), ipv6(7), unix(7);
 * https://devblogs.microsoft.com/commandline/af_unix-comes-to-windows/
 */
export class SockaddrBuffer {
  /** For native calls: as large as SOCKADDR_STORAGE. */
  readonly name = Buffer.alloc(128);
  /** For native calls that fill the name: int or socklen_t, in and out. */
  readonly length = new Int32Array(1);
  readonly #families: FamilyNumbers;

  constructor(families: FamilyNumbers) {
    this.#families = families;
  }

  /** Prepares for a native call that fills the name. */
  expect(): void {
    this.name.writeUInt16LE(this.#families.AF_UNSPEC, 0);
    this.length[0] = this.name.length;
  }

  /**
   * Writes an address.
   *
   * @returns its length in bytes
   * @throws RangeError for a text that is no literal of its family, or a number out of its range
   */
  write(address: SocketAddress): number {
    if (address.family === 'AF_UNIX') return this.#writePath(address.path);
    if (!isAddressOf(address.family, address.address)) {
      throw new RangeError(`no ${address.family} literal: ${JSON.stringify(address.address)}`);
    }
    this.name.fill(0, 0, IN6_LENGTH);
    this.name.writeUInt16LE(this.#families[address.family], 0);
    this.name.writeUInt16BE(requireWhole(address.port), 2);
    if (address.family === 'AF_INET') {
      this.name.set(ipv4Bytes(address.address), 4);
      return IN_LENGTH;
    }
    this.name.writeUInt32BE(requireWhole(address.flowInfo ?? 0), 4);
    this.name.set(ipv6Bytes(address.address), 8);
    this.name.writeUInt32LE(requireWhole(address.scopeId ?? 0), 24);
    return IN6_LENGTH;
  }

  /** Fills the structure with NULs after the path, because all of it is passed. */
  #writePath(path: string): number {
    if (!isUnixPath(path)) throw new RangeError(`no path of AF_UNIX: ${JSON.stringify(path)}`);
    this.name.fill(0, 0, UN_LENGTH);
    this.name.writeUInt16LE(this.#families.AF_UNIX, 0);
    this.name.write(path, PATH_AT);
    this.length[0] = UN_LENGTH;
    return UN_LENGTH;
  }

  /** Writes an address of family AF_UNSPEC, with which connect(2) removes the peer. Returns its length. */
  writeUnspecified(): number {
    this.name.fill(0, 0, IN_LENGTH);
    this.name.writeUInt16LE(this.#families.AF_UNSPEC, 0);
    return IN_LENGTH;
  }

  /**
   * The path up to the first NUL, within the length: a name without a path leaves bytes of an earlier call
   * in the buffer.
   */
  #readPath(): string {
    const path = this.name.subarray(PATH_AT, Math.max(PATH_AT, this.length[0] ?? 0));
    const end = path.indexOf(0);
    return path.toString('utf8', 0, end < 0 ? path.length : end);
  }

  /** The address that a native call has filled in; undefined for none. */
  read(): SocketAddress | undefined {
    const family = this.name.readUInt16LE(0);
    if (family === this.#families.AF_UNIX) return { family: 'AF_UNIX', path: this.#readPath() };
    const port = this.name.readUInt16BE(2);
    if (family === this.#families.AF_INET) {
      return { family: 'AF_INET', address: ipv4Text(this.name, 4), port };
    }
    if (family !== this.#families.AF_INET6) return undefined;
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

/**
 * Refuses fractions, which the writers of Buffer would round; they throw for numbers out of range
 * themselves.
 */
const requireWhole = (value: number): number => {
  if (Number.isInteger(value)) return value;
  throw new RangeError(`not a whole number: ${value}`);
};
