import Type from 'typebox';
import { flagBits, SEND_FLAGS } from '../../winsock/constants.js';
import { done } from '../../winsock/outcome.js';
import { operation } from '../operation.js';
import { gathered } from '../schemas/buffers.js';
import { ADDRESS } from '../schemas/examples.js';
import { parameters, SocketAddressSchema, timeoutMs } from '../schemas/schemas.js';
import { ControlMessageSchema, MOST_MESSAGES, readControl, sourcesIn } from './control-schema.js';
import { senderFor } from './drop-datagram.js';
import { sendFlagsRefused } from './flags.js';
import { journalSent } from './journaled.js';
import { EARLIER_DATAGRAM } from './reset-advice.js';
import { SendResult, sendData, sendFlags } from './send.js';
import { SEND_ALSO_SEEN, sendAll } from './send-all.js';
import { boundWithinPolicy } from './send-to.js';

export const sendMsg = operation({
  name: 'sendMsg',
  summary: 'Send a datagram with control data',
  description: [
    'As sendTo, or without `address` as send, for datagram sockets: on a stream it is WSAEINVAL. `control`',
    'is for this datagram alone: its source and the interface that it leaves by, its TTL, TOS and ECN.',
    'policy.bind.allow must allow the source (the wildcard address, if only an interface is given) with any',
    'port. Control data that does not fit the datagram is WSAEINVAL: a type of another IP version than its',
    'destination, a value out of range, a source that is not this host, IP_ECN of 3, which only routers set.',
  ].join('\n'),
  winsock: ['WSASendMsg'],
  page: 'https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasendmsg',
  scope: 'socket',
  params: parameters('SendMsgRequest', {
    ...sendData,
    address: Type.Optional(SocketAddressSchema),
    control: Type.Optional(
      Type.Array(ControlMessageSchema, { maxItems: MOST_MESSAGES, description: 'Its control data.' }),
    ),
    flags: sendFlags,
    timeoutMs,
  }),
  result: SendResult,
  errors: [
    'WSAEACCES',
    'WSAECONNRESET',
    'WSAEFAULT',
    'WSAEINTR',
    'WSAEINVAL',
    'WSAEMSGSIZE',
    'WSAENETRESET',
    'WSAENETUNREACH',
    'WSAENOBUFS',
    'WSAENOTCONN',
    'WSAEOPNOTSUPP',
    'WSAESHUTDOWN',
    'WSAETIMEDOUT',
    'WSAEWOULDBLOCK',
  ],
  alsoSeen: {
    WSA_OPERATION_ABORTED: SEND_ALSO_SEEN.WSA_OPERATION_ABORTED,
    WSAEADDRNOTAVAIL: 'the address is none to send to, as sendTo documents',
    WSAEAFNOSUPPORT: 'as sendTo documents',
    WSAEHOSTUNREACH: 'as sendTo documents',
  },
  advice: {
    WSAEFAULT: 'the address is of another family than the socket.',
    WSAEINVAL: 'the socket is a stream, or something in control cannot go with the datagram.',
    WSAENOTCONN: 'the socket has no peer; give address, or connect it first.',
    WSAECONNRESET: EARLIER_DATAGRAM,
  },
  example: {
    sockets: ['datagram'],
    port: 'datagram',
    params: {
      data: { text: 'hello' },
      address: ADDRESS,
      control: [{ type: 'IP_TTL', value: 16 }],
      timeoutMs: 5000,
    },
    result: { bytesSent: 5 },
  },
  effect: 'change',
  does: 'sends',
  lane: 'send',
  blocking: true,
  destination: ({ address, control = [] }) => [
    ...(address ? [{ kind: 'connect', address } as const] : []),
    ...sourcesIn(control),
  ],
  async run(socket, params, call, daemon) {
    const { address, control: given = [] } = params;
    const bytes = gathered(params, 'WSASendMsg');
    if (!bytes.ok) return bytes;
    const control = readControl(given);
    if (!control.ok) return control;
    const refused = sendFlagsRefused(socket, params, 'WSASendMsg');
    if (refused) return refused;
    const bound = address ? boundWithinPolicy(socket, address, daemon, 'WSASendMsg') : done;
    if (!bound.ok) return bound;
    const bits = flagBits(SEND_FLAGS, params.flags);
    const answer = await sendAll(socket, call, {
      data: bytes.value,
      name: 'WSASendMsg',
      once: (left) =>
        socket.use((provider, s) => senderFor(provider, call).sendMsg(s, left, bits, address, control.value)),
    });
    if (answer.ok) socket.bound();
    else socket.noteIfBound();
    return answer;
  },
  journal: (result, params) => ({ ...journalSent(result, params), addresses: { peer: params.address } }),
});
