import { POLL_EVENTS } from '../../winsock/constants.js';
import { type Outcome, ok } from '../../winsock/outcome.js';
import type { PollItem } from '../provider.js';
import type { Stack } from './handle-state.js';

/**
 * WSAPoll without waiting, over any number of sockets in one call.
 *
 * Source: https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsapoll
 */

/** WSAPOLLFD of 64-bit Windows: SOCKET, two shorts, four bytes of padding. */
const ITEM_BYTES = 16;
const EVENTS = 8;
const REVENTS = 10;

/** Replaces an unknown handle: WSAPoll skips negative ones. */
const SKIPPED = -1n;

export const poll = (stack: Stack, items: readonly PollItem[]): Outcome<readonly number[]> => {
  const known = items.map(({ s }) => stack.sockets.has(s));
  // WSAPoll refuses a call without any valid socket.
  if (!known.includes(true)) return ok(items.map(() => POLL_EVENTS.POLLNVAL));
  const list = Buffer.alloc(items.length * ITEM_BYTES);
  items.forEach(({ s, events }, i) => {
    list.writeBigInt64LE(known[i] ? BigInt(s) : SKIPPED, i * ITEM_BYTES);
    list.writeInt16LE(events, i * ITEM_BYTES + EVENTS);
  });
  const polled = stack.ws2_32.poll(list, items.length, 0);
  if (!polled.ok) return polled;
  return ok(
    items.map((_, i) => (known[i] ? list.readInt16LE(i * ITEM_BYTES + REVENTS) : POLL_EVENTS.POLLNVAL)),
  );
};
