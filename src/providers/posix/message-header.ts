import { writePointer } from '../native/pointers.js';

/**
 * The struct msghdr and struct iovec of an adapter: sendmsg(2), recvmsg(2), 64-bit Linux. The content is
 * valid until the next call that uses it.
 */

const NAME = { at: 0, length: 8 } as const;
const VECTOR = { at: 16, count: 24 } as const;
const CONTROL = { at: 32, length: 40 } as const;
const MSGHDR_BYTES = 56;
const IOVEC_BYTES = 16;

/** Room for all control data that this adapter enables; also the limit of what it sends. */
const CONTROL_ROOM = 1024;

/** A pointer that is not NULL, for a call without bytes. */
const NO_BYTES = new Uint8Array(1);

export class MessageHeader {
  /** For native calls. */
  readonly bytes = Buffer.alloc(MSGHDR_BYTES);
  readonly #name: Buffer;
  readonly #vector = Buffer.alloc(IOVEC_BYTES);
  readonly #control = Buffer.alloc(CONTROL_ROOM);

  /** @param name the sockaddr buffer */
  constructor(name: Buffer) {
    this.#name = name;
    writePointer(this.bytes, this.#vector, VECTOR.at);
    this.bytes.writeUInt32LE(1, VECTOR.count);
    writePointer(this.bytes, this.#control, CONTROL.at);
  }

  /** Prepares for a message to send. @param nameLength 0 to send to the peer */
  write(data: Uint8Array, nameLength: number, control: Buffer): void {
    this.#setName(nameLength);
    this.#setData(data);
    this.#control.set(control);
    this.bytes.writeUInt32LE(control.length, CONTROL.length);
  }

  /** Prepares for a message to receive. */
  expect(into: Uint8Array): void {
    this.#setName(this.#name.length);
    this.#setData(into);
    this.bytes.writeUInt32LE(CONTROL_ROOM, CONTROL.length);
  }

  /** The control data of the message that was received. */
  get control(): Buffer {
    return this.#control.subarray(0, this.bytes.readUInt32LE(CONTROL.length));
  }

  #setName(length: number): void {
    if (length > 0) writePointer(this.bytes, this.#name, NAME.at);
    else this.bytes.writeBigUInt64LE(0n, NAME.at);
    this.bytes.writeUInt32LE(length, NAME.length);
  }

  #setData(data: Uint8Array): void {
    writePointer(this.#vector, data.length === 0 ? NO_BYTES : data, 0);
    this.#vector.writeBigUInt64LE(BigInt(data.length), 8);
  }
}
