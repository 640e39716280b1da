import type { Static } from 'typebox';
import Type from 'typebox';
import type { Arrival } from '../../daemon/sockets/undelivered-data.js';
import { MESSAGE_FLAGS } from '../../winsock/constants.js';
import { fitting } from '../../winsock/control-messages.js';
import { fail } from '../../winsock/outcome.js';
import { decodeFlags } from '../../winsock/protocol-info.js';
import { operation } from '../operation.js';
import { LOCAL } from '../schemas/examples.js';
import { component, int32, keysOf, names, SocketAddressSchema } from '../schemas/schemas.js';
import { ControlMessageSchema, MOST_CONTROL_BYTES } from './control-schema.js';
import { journalReceived } from './journaled.js';
import { RECV_ALSO_SEEN, receive, received, receiveParams, receiveResult } from './receive.js';
import { EARLIER_DATAGRAM } from './reset-advice.js';

const { eof: _datagramsHaveNoEnd, ...messageResult } = receiveResult;

const RecvMsgResult = component('RecvMsgResult', 'A datagram, from whom, and what came with it.', {
  ...messageResult,
  address: Type.Optional(SocketAddressSchema),
  flags: Type.Array(
    names(
      'MessageFlag',
      keysOf(MESSAGE_FLAGS),
      'MSG_TRUNC as `truncated`, MSG_CTRUNC as `controlTruncated`; MSG_BCAST and MSG_MCAST: it was sent to a broadcast address, to a group.',
    ),
    { description: 'WSAMSG.dwFlags.' },
  ),
  controlTruncated: Type.Boolean({
    description: 'There were more control data than room for them; the rest is lost (WSAEMSGSIZE).',
  }),
  control: Type.Array(ControlMessageSchema, {
    description: 'What came with it, as far as options ask for it; their order is that of the system.',
  }),
});

export const recvMsg = operation({
  name: 'recvMsg',
  summary: 'Receive a datagram with control data',
  description: [
    'As recvFrom, for datagram sockets: on a stream it is WSAEINVAL. `control` has what the options that are on have',
    'delivered: IP_PKTINFO, IP_RECVTTL, IP_RECVTOS, IP_RECVECN and IP_ORIGINAL_ARRIVAL_IF, IPV6_PKTINFO, IPV6_HOPLIMIT,',
    'IPV6_RECVTCLASS and IPV6_RECVECN; without them there is none. Where Windows answers WSAEMSGSIZE, with the buffers',
    'filled, the answer is 200 with `truncated`, `controlTruncated` or both. A datagram that another receive took and',
    'did not deliver comes with its control data, too, if one of these options was on.',
  ].join('\n'),
  winsock: ['WSARecvMsg'],
  page: 'https://learn.microsoft.com/windows/win32/api/mswsock/nc-mswsock-lpfn_wsarecvmsg',
  scope: 'socket',
  params: component('RecvMsgRequest', 'What recvMsg takes.', {
    ...receiveParams,
    flags: Type.Optional(
      Type.Array(names('RecvMsgFlag', ['MSG_PEEK'], 'MSG_PEEK leaves the datagram there.'), {
        maxItems: 8,
        description: 'Flags.',
      }),
    ),
    controlBytes: Type.Optional(
      int32(
        `WSAMSG.Control.len: room for control data, a WSACMSGHDR of 64-bit Windows for each; ${MOST_CONTROL_BYTES} without it, which is enough for all.`,
        0,
        MOST_CONTROL_BYTES,
      ),
    ),
  }),
  result: RecvMsgResult,
  errors: [
    'WSAECONNRESET',
    'WSAEFAULT',
    'WSAEINTR',
    'WSAEINVAL',
    'WSAEMSGSIZE',
    'WSAENETRESET',
    'WSAENOTCONN',
    'WSAEOPNOTSUPP',
    'WSAETIMEDOUT',
    'WSAEWOULDBLOCK',
  ],
  alsoSeen: { ...RECV_ALSO_SEEN, WSAESHUTDOWN: 'receiving was shut down' },
  advice: {
    WSAEINVAL: 'the socket is a stream, or has no local address yet; bind a datagram socket first.',
    WSAECONNRESET: EARLIER_DATAGRAM,
  },
  example: {
    sockets: ['datagram'],
    params: { maxBytes: 1024, timeoutMs: 5000 },
    result: {
      data: { base64: 'aGVsbG8=', len: 5 },
      bytesReceived: 5,
      truncated: false,
      address: LOCAL,
      flags: [],
      controlTruncated: false,
      control: [{ type: 'IP_PKTINFO', address: '127.0.0.1', interfaceIndex: 1 }],
    },
  },
  effect: 'change',
  does: 'receives',
  lane: 'recv',
  blocking: true,
  refusals: ['overloaded'],
  run(socket, params, call, daemon) {
    // Whatever is held of the stream stays where it is.
    if (socket.isStream) return fail('WSAEINVAL', 'WSARecvMsg');
    socket.underlying.receivesMessages = true;
    return receive(socket, call, daemon, 'recvMsg', params, (arrival) => {
      const { eof: _, ...result } = received(arrival, params);
      return { ...result, ...toldOf(arrival, params.controlBytes) };
    });
  },
  journal: (result) => ({ ...journalReceived(result), addresses: { peer: result.address } }),
});

const { MSG_TRUNC, MSG_CTRUNC } = MESSAGE_FLAGS;

/** What is known of a datagram beyond its bytes. */
const toldOf = (
  { from, flags = 0, control: all = [], truncated }: Arrival,
  room = MOST_CONTROL_BYTES,
): Pick<Static<typeof RecvMsgResult>, 'address' | 'flags' | 'controlTruncated' | 'control'> => {
  const { control, cut } = fitting(all, room);
  const bits = flags | (truncated ? MSG_TRUNC : 0) | (cut ? MSG_CTRUNC : 0);
  return {
    ...(from && { address: from }),
    flags: decodeFlags(MESSAGE_FLAGS, bits),
    controlTruncated: cut,
    control: [...control],
  };
};
