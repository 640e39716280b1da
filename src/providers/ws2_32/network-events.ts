import { done, fail, type Outcome, ok } from '../../winsock/outcome.js';
import { requireInt32 } from '../native/require-int32.js';
import type { NetworkEvents, Watch } from '../provider.js';
import type { SocketState, Stack } from './handle-state.js';

/**
 * WSAEventSelect and WSAEnumNetworkEvents, with one event object for each socket.
 *
 * Source: https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsaeventselect
 */

/** WSANETWORKEVENTS: a long, then the error codes of the ten events, indexed by bit number. */
const EVENT_BITS = 10;
const WSANETWORKEVENTS_BYTES = 4 + 4 * EVENT_BITS;

/** Replaces the selection; a mask of 0 ends it. The socket is, and stays, non-blocking. */
export const select = (stack: Stack, socket: SocketState, mask: number): Outcome<void> => {
  const { ws2_32 } = stack;
  requireInt32(mask, 'mask');
  if (mask === 0) {
    endSelection(stack, socket);
    return done;
  }
  const { shared } = socket;
  const event = shared.event === undefined ? ws2_32.createEvent() : ok(shared.event);
  if (!event.ok) return event;
  const selected = ws2_32.eventSelect(socket.s, event.value, mask);
  if (selected.ok) shared.event = event.value;
  else if (shared.event === undefined) ws2_32.closeEvent(event.value);
  return selected.ok ? done : selected;
};

/** Copies and clears the record and resets the event object, in one step. WSAEINVAL without a selection. */
export const enumerate = (stack: Stack, socket: SocketState): Outcome<NetworkEvents> => {
  const { event } = socket.shared;
  if (event === undefined) return fail('WSAEINVAL', 'WSAEnumNetworkEvents');
  const record = Buffer.alloc(WSANETWORKEVENTS_BYTES);
  const got = stack.ws2_32.enumNetworkEvents(socket.s, event, record);
  if (!got.ok) return got;
  const events = record.readInt32LE(0);
  const errors = new Map<number, number>();
  for (let bit = 0; bit < EVENT_BITS; bit++) {
    if (events & (1 << bit)) errors.set(1 << bit, record.readInt32LE(4 + 4 * bit));
  }
  return ok({ events, errors });
};

/** Wakes once when the record is not empty. WSAEINVAL without a selection. */
export const watchEvents = (stack: Stack, socket: SocketState, wake: () => void): Outcome<Watch> => {
  const { event } = socket.shared;
  if (event === undefined) return fail('WSAEINVAL', 'WSAWaitForMultipleEvents');
  return ok(stack.eventWaits.watch(socket.s, event, wake));
};

/** Ends the selection and frees the event object, if there is one. */
export const endSelection = (stack: Stack, socket: SocketState): void => {
  const { shared } = socket;
  if (shared.event === undefined) return;
  stack.ws2_32.eventSelect(socket.s, 0, 0);
  stack.ws2_32.closeEvent(shared.event);
  shared.event = undefined;
};

const WSA_WAIT_EVENT_0 = 0;

/**
 * Whether an event object is signalled. A failed check counts as signalled: the call that follows reports
 * the failure.
 */
export const isSignalled = (stack: Stack, event: number): boolean => {
  const waited = stack.ws2_32.waitForEvents(1, BigInt64Array.of(BigInt(event)), 0, 0, 0);
  return !waited.ok || waited.value === WSA_WAIT_EVENT_0;
};
