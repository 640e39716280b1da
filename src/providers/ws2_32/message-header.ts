import { writePointer } from '../native/pointers.js';

/**
 * The WSAMSG and WSABUF of an adapter, for 64-bit Windows. The content is valid until the next call that
 * uses it.
 *
 * @see https://learn.microsoft.com/windows/win32/api/ws2def/ns-ws2def-wsamsg
 */

const NAME = { at: 0, length: 8 } as const;
const BUFFERS = { at: 16, count: 24 } as const;
const CONTROL = { length: 32, at: 40 } as const;
const FLAGS_AT = 48;
const WSAMSG_BYTES = 56;
const WSABUF_BYTES = 16;

/** Room for all control data that the options of the table enable; also the limit of what is sent. */
const CONTROL_ROOM = 1024;

/** A pointer that is not NULL, for a call without bytes. */
const NO_BYTES = new Uint8Array(1);

export class MessageHeader {
  /** For native calls. */
  readonly bytes = Buffer.alloc(WSAMSG_BYTES);
  /** For native calls: how many bytes were sent or received. */
  readonly count = new Uint32Array(1);
  readonly #name: Buffer;
  readonly #buffer = Buffer.alloc(WSABUF_BYTES);
  readonly #control = Buffer.alloc(CONTROL_ROOM);

  /** @param name the sockaddr buffer */
  constructor(name: Buffer) {
    this.#name = name;
    writePointer(this.bytes, this.#buffer, BUFFERS.at);
    this.bytes.writeUInt32LE(1, BUFFERS.count);
  }

  /** Prepares for a message to send. @param nameLength 0 to send to the peer */
  write(data: Uint8Array, nameLength: number, control: Buffer): void {
    this.#setName(nameLength);
    this.#setData(data);
    this.#control.set(control);
    this.#setControl(control.length);
    this.bytes.writeUInt32LE(0, FLAGS_AT);
  }

  /** Prepares for a message to receive. */
  expect(into: Uint8Array, flags: number): void {
    this.#setName(this.#name.length);
    this.#setData(into);
    this.#setControl(CONTROL_ROOM);
    this.bytes.writeUInt32LE(flags, FLAGS_AT);
    this.count[0] = 0;
  }

  /** The control data of the message that was received. */
  get control(): Buffer {
    return this.#control.subarray(0, this.bytes.readUInt32LE(CONTROL.length));
  }

  /** The flags that WSARecvMsg returned. */
  get flags(): number {
    return this.bytes.readUInt32LE(FLAGS_AT);
  }

  #setName(length: number): void {
    setPointer(this.bytes, length > 0 ? this.#name : undefined, NAME.at);
    this.bytes.writeInt32LE(length, NAME.length);
  }

  #setData(data: Uint8Array): void {
    this.#buffer.writeUInt32LE(data.length, 0);
    writePointer(this.#buffer, data.length === 0 ? NO_BYTES : data, 8);
  }

  /**
   * Pointer and length are set together: NULL with a length is WSAEFAULT, and a pointer with length 0 may
   * be.
   */
  #setControl(length: number): void {
    this.bytes.writeUInt32LE(length, CONTROL.length);
    setPointer(this.bytes, length > 0 ? this.#control : undefined, CONTROL.at);
  }
}

const setPointer = (structure: Buffer, to: Buffer | undefined, at: number): void => {
  if (to) writePointer(structure, to, at);
  else structure.writeBigUInt64LE(0n, at);
};
