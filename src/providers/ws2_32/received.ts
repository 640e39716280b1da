import { failedWith, type Outcome, ok } from '../../winsock/outcome.js';
import type { Received } from '../provider.js';

/**
 * What recv or recvfrom tells, in the port's words. A datagram that was cut short is a result, with the
 * buffer filled; Winsock calls it WSAEMSGSIZE.
 *
 * @param room the length of the buffer; a stream that was asked for nothing has not ended
 */
export const received = (got: Outcome<number>, isStream: boolean, room: number): Outcome<Received> => {
  if (got.ok) return ok({ bytes: got.value, eof: isStream && got.value === 0 && room > 0, truncated: false });
  if (!isStream && failedWith(got, 'WSAEMSGSIZE')) return ok({ bytes: room, eof: false, truncated: true });
  return got;
};
