import koffi from './koffi.js';

/**
 * Writes a pointer into a structure. The memory that it points to must live for as long as the structure is used;
 * that of a Buffer does not move.
 */
export const writePointer = (structure: Buffer, to: Uint8Array, at: number): void => {
  structure.writeBigUInt64LE(koffi.address(to), at);
};
