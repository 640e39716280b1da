import type { Answer } from '../../daemon/answers/answer.js';
import type { Call } from '../../daemon/calls/call.js';
import type { Socket } from '../../daemon/sockets/socket.js';
import type { Arrival } from '../../daemon/sockets/undelivered-data.js';
import { ok } from '../../winsock/outcome.js';
import { retryUntilReady } from '../waiting/retry-until-ready.js';

/**
 * Receives with MSG_WAITALL, until as many bytes have come as were asked for. If something ends it after some
 * bytes (the peer's end, a limit, cancel, a failure), these bytes are the answer; the next call reports the
 * end or the lost connection.
 *
 * @param once one receive of at most that many bytes
 */
export const receiveAll = async (
  socket: Socket,
  call: Call,
  name: string,
  maxBytes: number,
  once: (most: number) => Answer<Arrival>,
): Promise<Answer<Arrival>> => {
  const parts: Buffer[] = [];
  let have = 0;
  let order = 0;
  while (have < maxBytes) {
    const left = maxBytes - have;
    const answer = await retryUntilReady(socket, call, { read: true }, name, () => once(left));
    if (!answer.ok || answer.value.eof) {
      if (have === 0) return answer;
      break;
    }
    if (have === 0) order = answer.value.order;
    parts.push(answer.value.data);
    have += answer.value.data.length;
  }
  return ok({ data: Buffer.concat(parts), eof: false, truncated: false, order });
};
