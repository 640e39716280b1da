import { MESSAGE_FLAGS, RECV_FLAGS } from '../../winsock/constants.js';
import { fail, failedWith, ok } from '../../winsock/outcome.js';
import { requireInt32 } from '../native/require-int32.js';
import { decodeControl, encodeControl } from './control-data.js';
import { isOfFamily, type Method } from './handle-state.js';

/** WSASendMsg and WSARecvMsg. On a stream Windows answers WSAEINVAL; Wine would send and receive. */

export const sendMsg: Method<'sendMsg'> = (stack, socket, data, flags, to, control) => {
  const name = 'WSASendMsg';
  if (socket.stream) return fail('WSAEINVAL', name);
  if (to && !isOfFamily(socket, to)) return fail('WSAEFAULT', name);
  requireInt32(flags, 'flags');
  const { ws2_32, address, message } = stack;
  message.write(data, to ? address.write(to) : 0, encodeControl(control));
  const sent = ws2_32.sendMsg(socket.s, message.bytes, flags, message.count, null, null);
  return sent.ok ? ok(message.count[0] ?? 0) : sent;
};

const { MSG_TRUNC, MSG_CTRUNC, MSG_BCAST, MSG_MCAST } = MESSAGE_FLAGS;

/**
 * With WSAEMSGSIZE the buffer is filled, and the flags say what was cut. Wine sets them only for control
 * data, and returns no count then.
 */
export const recvMsg: Method<'recvMsg'> = (stack, socket, into, flags) => {
  const name = 'WSARecvMsg';
  if (socket.stream) return fail('WSAEINVAL', name);
  const { ws2_32, address, message } = stack;
  const { shared } = socket;
  if (!shared.recvMsg) {
    const given = ws2_32.recvMsg(socket.s);
    if (!given.ok) return given;
    shared.recvMsg = given.value;
  }
  address.expect();
  message.expect(into, flags & RECV_FLAGS.MSG_PEEK);
  const got = shared.recvMsg(socket.s, message.bytes, message.count, null, null);
  if (!got.ok && !failedWith(got, 'WSAEMSGSIZE')) return got;
  const said = message.flags;
  const truncated = (said & MSG_TRUNC) !== 0 || (!got.ok && (said & MSG_CTRUNC) === 0);
  const from = address.read();
  return ok({
    bytes: truncated ? into.length : (message.count[0] ?? 0),
    eof: false,
    truncated,
    ...(from && { from }),
    flags: said & (MSG_BCAST | MSG_MCAST),
    control: decodeControl(message.control),
  });
};
