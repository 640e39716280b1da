import { flagBits, SEND_FLAGS } from '../winsock/constants.js';
import { bytesOf } from './buffers.js';
import { operation } from './operation.js';
import { BufferSchema, component, SocketAddressSchema, timeoutMs } from './schemas.js';
import { SendResult, sendFlags } from './send.js';
import { SEND_ALSO_SEEN, SEND_ERRORS, sending } from './sending.js';

export const sendTo = operation({
  name: 'sendTo',
  summary: 'Send a datagram to an address',
  description: 'Binds a socket that is not bound yet. On a connected stream the address is ignored.',
  winsock: ['WSASendTo', 'sendto'],
  page: 'https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasendto',
  scope: 'socket',
  params: component(
    'SendToRequest',
    { data: BufferSchema, address: SocketAddressSchema, flags: sendFlags, timeoutMs },
    'What sendTo takes.',
  ),
  result: SendResult,
  errors: [...SEND_ERRORS, 'WSAEADDRNOTAVAIL', 'WSAEAFNOSUPPORT', 'WSAEDESTADDRREQ', 'WSAENETUNREACH'],
  alsoSeen: { WSA_OPERATION_ABORTED: SEND_ALSO_SEEN.WSA_OPERATION_ABORTED },
  effect: 'change',
  lane: 'send',
  blocking: true,
  destination: (params) => ({ kind: 'connect', address: params.address }),
  async run(socket, { data, address, flags }, call) {
    const bytes = bytesOf(data, '/data', 'WSASendTo');
    if (!bytes.ok) return bytes;
    const bits = flagBits(SEND_FLAGS, flags);
    const answer = await sending(socket, call, {
      data: bytes.value,
      name: 'WSASendTo',
      once: (left) => socket.use((provider, s) => provider.sendTo(s, left, bits, address)),
    });
    if (answer.ok) socket.bound();
    return answer;
  },
});
