/** Which datagram a receive got: by order, length and captured bytes, as far as that is certain. */
import type { Entry } from '../types.js';
import { parameter } from './effects.js';
import type { CallRow } from './ladder-types.js';

/** The most datagrams that one receive is compared with: those before it may all have been lost. */
const MOST_COMPARED = 1000;

/** Bytes that a receive without a number of its own takes. */
const DEFAULT_ROOM = 65_536;

/**
 * The send of each receive, undefined if it is not certain. Between two sockets datagrams keep their order,
 * but any may be lost. So the receives are laid over the sends twice, as early and as late as possible: what
 * is the same both times is certain.
 *
 * @param hasGaps whether datagrams can be missing among the receives, because the network of the lab has lost
 *   them or receives did not tell their sender; if not, the earliest one is taken
 */
export const match = (
  sends: readonly CallRow[],
  receives: readonly CallRow[],
  hasGaps: boolean,
): (number | undefined)[] => {
  const earliest = laid(sends, receives, 1);
  if (!hasGaps) return earliest;
  const latest = laid(sends, receives, -1);
  return earliest.map((send, place) => (send === latest[place] ? send : undefined));
};

/** @param step 1: each receive gets the first send that fits, -1: the last one */
const laid = (
  sends: readonly CallRow[],
  receives: readonly CallRow[],
  step: 1 | -1,
): (number | undefined)[] => {
  const matched: (number | undefined)[] = receives.map(() => undefined);
  let next = step === 1 ? 0 : sends.length - 1;
  for (let count = 0; count < receives.length; count++) {
    const place = step === 1 ? count : receives.length - 1 - count;
    const receive = receives[place];
    if (!receive) continue;
    // Backwards, sends that began after the receive do not count.
    if (step === -1) while (begunAfter(sends[next], receive)) next--;
    for (let compared = 0; compared < MOST_COMPARED; compared++) {
      const at = next + compared * step;
      const send = sends[at];
      if (!send || begunAfter(send, receive)) break;
      if (!fits(send.entry, receive.entry)) continue;
      matched[place] = at;
      next = at + step;
      break;
    }
  }
  return matched;
};

const begunAfter = (send: CallRow | undefined, receive: CallRow): boolean =>
  send !== undefined && send.beganRow > receive.index;

/** Whether a receive can have got the datagram of a send; its room may have been too small for all of it. */
const fits = (sent: Entry, received: Entry): boolean => {
  const [whole, part] = [sent.bytesSent ?? 0, received.bytesReceived ?? 0];
  if (part !== whole && !(part < whole && part === roomOf(received))) return false;
  if (!sent.data || !received.data) return true;
  // Whole groups of three bytes: four digits, which do not depend on the bytes that follow.
  const digits = Math.floor(Math.min(sent.data.len, received.data.len) / 3) * 4;
  if (sent.data.len === received.data.len) return sent.data.base64 === received.data.base64;
  return sent.data.base64.slice(0, digits) === received.data.base64.slice(0, digits);
};

const roomOf = (entry: Entry): number => {
  const buffers = parameter(entry, 'buffers');
  if (Array.isArray(buffers)) return buffers.map(Number).reduce((sum, length) => sum + length, 0);
  const maxBytes = parameter(entry, 'maxBytes');
  return typeof maxBytes === 'number' ? maxBytes : DEFAULT_ROOM;
};
