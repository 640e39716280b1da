import { OPTION_LEVELS, OPTIONS, type OptionName } from '../../winsock/options.js';
import { type Outcome, ok } from '../../winsock/outcome.js';
import type { Handle } from '../provider.js';
import type { Stack } from './handle-state.js';
import { OPTION_BYTES } from './option-bytes.js';

/** getsockopt and setsockopt with raw bytes; every readable option of the table has four. */

export const getNative = (stack: Stack, s: Handle, option: OptionName): Outcome<Buffer> => {
  const { level, id } = OPTIONS[option];
  const bytes = Buffer.alloc(OPTION_BYTES); // zeros: some options fill only the first
  const length = Int32Array.of(OPTION_BYTES);
  const got = stack.ws2_32.getsockopt(s, OPTION_LEVELS[level], id, bytes, length);
  return got.ok ? ok(bytes) : got;
};

/** @param bytes from encodeOption */
export const setNative = (stack: Stack, s: Handle, option: OptionName, bytes: Buffer): Outcome<number> => {
  const { level, id } = OPTIONS[option];
  return stack.ws2_32.setsockopt(s, OPTION_LEVELS[level], id, bytes, bytes.length);
};
