import koffi from './koffi.js';

/**
 * Writes a pointer into a structure. The caller keeps the target Buffer alive for as long as the structure
 * is used; its memory does not move.
 */
export const writePointer = (structure: Buffer, to: Uint8Array, at: number): void => {
  structure.writeBigUInt64LE(koffi.address(to), at);
};
