/** The bytes of option values: BOOL, int and DWORD take four, LINGER is two unsigned shorts. */
import type { Linger, OptionType, OptionValue } from '../../winsock/options.js';
import { isLinger } from '../../winsock/options.js';

export const OPTION_BYTES = 4;

const isInteger = (value: OptionValue, min: number, max: number): value is number =>
  Number.isInteger(value) && Number(value) >= min && Number(value) <= max;

/**
 * @returns the four bytes; undefined when the value is of another type or out of range, which Winsock
 * calls WSAEINVAL
 */
export const encodeOption = (type: OptionType, value: OptionValue): Buffer | undefined => {
  const bytes = Buffer.alloc(OPTION_BYTES);
  switch (type) {
    case 'BOOL':
      if (typeof value !== 'boolean') return undefined;
      bytes.writeUInt32LE(value ? 1 : 0);
      return bytes;
    case 'int':
      if (!isInteger(value, -0x80000000, 0x7fffffff)) return undefined;
      bytes.writeInt32LE(value);
      return bytes;
    case 'DWORD':
      if (!isInteger(value, 0, 0xffffffff)) return undefined;
      bytes.writeUInt32LE(value);
      return bytes;
    case 'LINGER':
      return isLinger(value) && isInteger(value.linger, 0, 0xffff) ? encodeLinger(value) : undefined;
  }
};

/** struct linger of winsock2.h: u_short l_onoff, u_short l_linger (seconds). */
export const encodeLinger = (value: Linger): Buffer => {
  const bytes = Buffer.alloc(OPTION_BYTES);
  bytes.writeUInt16LE(value.onoff ? 1 : 0, 0);
  bytes.writeUInt16LE(value.linger, 2);
  return bytes;
};

/** @param bytes four bytes, zero before the call: some options fill only the first */
export const decodeOption = (type: OptionType, bytes: Buffer): OptionValue => {
  switch (type) {
    case 'BOOL':
      return bytes.readUInt32LE(0) !== 0;
    case 'int':
      return bytes.readInt32LE(0);
    case 'DWORD':
      return bytes.readUInt32LE(0);
    case 'LINGER':
      return { onoff: bytes.readUInt16LE(0) !== 0, linger: bytes.readUInt16LE(2) };
  }
};
