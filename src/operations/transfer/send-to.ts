import type { Daemon } from '../../daemon/daemon.js';
import type { Socket } from '../../daemon/sockets/socket.js';
import { isInternet, isLoopback, type SocketAddress } from '../../winsock/addresses.js';
import { flagBits, SEND_FLAGS } from '../../winsock/constants.js';
import { done, fail, failedWith, type Outcome } from '../../winsock/outcome.js';
import { operation } from '../operation.js';
import { gathered } from '../schemas/buffers.js';
import { ADDRESS } from '../schemas/examples.js';
import { parameters, SocketAddressSchema, timeoutMs } from '../schemas/schemas.js';
import { senderFor } from './drop-datagram.js';
import { sendFlagsRefused } from './flags.js';
import { journalSent } from './journaled.js';
import { EARLIER_DATAGRAM } from './reset-advice.js';
import { SendResult, sendData, sendFlags } from './send.js';
import { SEND_ALSO_SEEN, SEND_ERRORS, sendAll } from './send-all.js';

export const sendTo = operation({
  name: 'sendTo',
  summary: 'Send a datagram to an address',
  description: [
    'Binds a socket that is not bound yet; to loopback if the destination is loopback and the bind policy',
    'does not allow the wildcard address. On a connected stream the address is ignored. A datagram to port 0',
    'is sent as any other, against the list of codes, and not received. `buffers` in place of `data`',
    'gathers: one datagram of all of them.',
  ].join('\n'),
  winsock: ['WSASendTo', 'sendto'],
  page: 'https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasendto',
  scope: 'socket',
  params: parameters('SendToRequest', {
    ...sendData,
    address: SocketAddressSchema,
    flags: sendFlags,
    timeoutMs,
  }),
  result: SendResult,
  errors: [...SEND_ERRORS, 'WSAEADDRNOTAVAIL', 'WSAEAFNOSUPPORT', 'WSAEDESTADDRREQ', 'WSAENETUNREACH'],
  alsoSeen: { WSA_OPERATION_ABORTED: SEND_ALSO_SEEN.WSA_OPERATION_ABORTED },
  advice: {
    WSAEFAULT: 'the address is of another family than the socket.',
    WSAECONNRESET: EARLIER_DATAGRAM,
  },
  example: {
    sockets: ['datagram'],
    port: 'datagram',
    params: { data: { text: 'hello' }, address: ADDRESS, timeoutMs: 5000 },
    result: { bytesSent: 5 },
  },
  effect: 'change',
  does: 'sends',
  lane: 'send',
  blocking: true,
  destination: (params) => ({ kind: 'connect', address: params.address }),
  async run(socket, params, call, daemon) {
    const { address } = params;
    const bytes = gathered(params, 'WSASendTo');
    if (!bytes.ok) return bytes;
    const refused = sendFlagsRefused(socket, params, 'WSASendTo');
    if (refused) return refused;
    const bound = boundWithinPolicy(socket, address, daemon, 'WSASendTo');
    if (!bound.ok) return bound;
    const bits = flagBits(SEND_FLAGS, params.flags);
    const answer = await sendAll(socket, call, {
      data: bytes.value,
      name: 'WSASendTo',
      once: (left) => socket.use((provider, s) => senderFor(provider, call).sendTo(s, left, bits, address)),
    });
    if (answer.ok) socket.bound();
    else socket.noteIfBound();
    return answer;
  },
  journal: (result, params) => ({ ...journalSent(result, params), addresses: { peer: params.address } }),
});

/**
 * Binds a socket that sends to loopback to loopback, if the bind policy forbids the wildcard address. The
 * implicit bind of sendto and WSASendMsg is to the wildcard address: the socket would receive what any
 * network sends to its port.
 */
export const boundWithinPolicy = (
  socket: Socket,
  to: SocketAddress,
  daemon: Daemon,
  name: string,
): Outcome<void> => {
  const needsNone = socket.isStream || socket.state !== 'fresh' || socket.providerName === 'lab';
  if (needsNone || !isInternet(to) || !isLoopback(to)) return done;
  const [any, loopback] = to.family === 'AF_INET' ? ['0.0.0.0', '127.0.0.1'] : ['::', '::1'];
  if (daemon.policy.judge('bind', { family: to.family, address: any, port: 0 }) === undefined) return done;
  const bound = socket.use((provider, s) =>
    provider.bind(s, { family: to.family, address: loopback, port: 0 }),
  );
  // Even if the datagram is not sent: a socket is bound once.
  if (bound.ok) socket.bound();
  // No port is left: bind's code for that is none that sendto documents.
  return failedWith(bound, 'WSAEADDRINUSE')
    ? fail('WSAENOBUFS', name, { detail: 'no port is left.' })
    : bound;
};
