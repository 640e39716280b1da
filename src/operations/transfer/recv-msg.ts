import type { Static } from 'typebox';
import Type from 'typebox';
import type { Arrival } from '../../daemon/sockets/undelivered-data.js';
import { MESSAGE_FLAGS } from '../../winsock/constants.js';
import { fitting } from '../../winsock/control-messages.js';
import { fail } from '../../winsock/outcome.js';
import { decodeFlags } from '../../winsock/protocol-info.js';
import { operation } from '../operation.js';
import { LOCAL } from '../schemas/examples.js';
import { component, int32, keysOf, names, parameters, SocketAddressSchema } from '../schemas/schemas.js';
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
      'MSG_TRUNC is `truncated`, MSG_CTRUNC `controlTruncated`; MSG_BCAST, MSG_MCAST: sent to all, a group.',
    ),
    { description: 'WSAMSG.dwFlags.' },
  ),
  controlTruncated: Type.Boolean({
    description: 'There was more control data than room; the rest is lost (WSAEMSGSIZE).',
  }),
  control: Type.Array(ControlMessageSchema, {
    description: 'The control data that options ask for, in the order of the system.',
  }),
});

export const recvMsg = operation({
  name: 'recvMsg',
  summary: 'Receive a datagram with control data',
  description: [
    'As recvFrom, for datagram sockets: on a stream it is WSAEINVAL. `control` has the control data of the',
    'options that are on: IP_PKTINFO, IP_RECVTTL, IP_RECVTOS, IP_RECVECN and IP_ORIGINAL_ARRIVAL_IF,',
    'IPV6_PKTINFO, IPV6_HOPLIMIT, IPV6_RECVTCLASS and IPV6_RECVECN. Where Windows answers WSAEMSGSIZE, with',
    'the buffers filled, the answer is 200 with `truncated`, `controlTruncated` or both. A datagram that',
    'another receive took and did not deliver still has its control data if one of these options was on.',
  ].join('\n'),
  winsock: ['WSARecvMsg'],
  page: 'https://learn.microsoft.com/windows/win32/api/mswsock/nc-mswsock-lpfn_wsarecvmsg',
  scope: 'socket',
  params: parameters('RecvMsgRequest', {
    ...receiveParams,
    flags: Type.Optional(
      Type.Array(names('RecvMsgFlag', ['MSG_PEEK'], 'MSG_PEEK leaves the datagram there.'), {
        maxItems: 8,
      }),
    ),
    controlBytes: Type.Optional(
      int32(
        `WSAMSG.Control.len: room for WSACMSGHDRs of 64-bit Windows; ${MOST_CONTROL_BYTES} without it.`,
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
    // What the daemon holds of the stream stays in place.
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

/** The members of the result beyond the bytes of the datagram. */
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
