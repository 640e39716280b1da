/**
 * Control data in memory: a sequence of objects, each with a header. WSACMSGHDR of 64-bit Windows and struct
 * cmsghdr of 64-bit Linux have the same layout: the length of header and data in eight bytes, level and type
 * in four each, then the data, and zeros up to a multiple of eight. The types differ between the systems.
 *
 * @see https://learn.microsoft.com/windows/win32/api/ws2def/ns-ws2def-wsacmsghdr
 * @see cmsg(3)
 */

export interface ControlObject {
  readonly level: number;
  readonly type: number;
  readonly data: Buffer;
}

const HEADER_BYTES = 16;

const aligned = (length: number): number => Math.ceil(length / 8) * 8;

/** WSA_CMSG_SPACE, CMSG_SPACE: the size of an object with that many bytes of data. */
export const spaceFor = (bytes: number): number => HEADER_BYTES + aligned(bytes);

export const packed = (objects: readonly ControlObject[]): Buffer => {
  const bytes = Buffer.alloc(objects.reduce((sum, { data }) => sum + spaceFor(data.length), 0));
  let at = 0;
  for (const object of objects) {
    bytes.writeUInt32LE(HEADER_BYTES + object.data.length, at);
    bytes.writeInt32LE(object.level, at + 8);
    bytes.writeInt32LE(object.type, at + 12);
    bytes.set(object.data, at + HEADER_BYTES);
    at += spaceFor(object.data.length);
  }
  return bytes;
};

/**
 * The objects in a received buffer, up to the first incomplete one. Their data share the memory of `bytes`.
 */
export const unpacked = (bytes: Buffer): ControlObject[] => {
  const objects: ControlObject[] = [];
  for (let at = 0; at + HEADER_BYTES <= bytes.length; ) {
    const length = bytes.readUInt32LE(at);
    if (length < HEADER_BYTES || at + length > bytes.length) break;
    const level = bytes.readInt32LE(at + 8);
    const type = bytes.readInt32LE(at + 12);
    objects.push({ level, type, data: bytes.subarray(at + HEADER_BYTES, at + length) });
    at += aligned(length);
  }
  return objects;
};

/** An INT or ULONG. */
export const dwordData = (value: number): Buffer => {
  const data = Buffer.alloc(4);
  data.writeInt32LE(value | 0);
  return data;
};
