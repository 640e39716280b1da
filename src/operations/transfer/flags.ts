import type { Socket } from '../../daemon/sockets/socket.js';
import type { RecvFlag, SendFlag } from '../../winsock/constants.js';
import { type Failure, fail } from '../../winsock/outcome.js';
import { offers } from '../../winsock/protocol-info.js';

/** The flags that a call allows on a socket, by its catalog entry; checked before the provider is called. */

export interface SendFlags {
  readonly flags?: readonly SendFlag[] | undefined;
}

export interface RecvFlags {
  readonly flags?: readonly RecvFlag[] | undefined;
}

/** @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasend */
export const sendFlagsRefused = ({ entry }: Socket, { flags = [] }: SendFlags, call: string) => {
  if (flags.includes('MSG_OOB') && !offers(entry, 'XP1_EXPEDITED_DATA')) return noUrgentData(call);
  return flags.includes('MSG_PARTIAL') && !offers(entry, 'XP1_PARTIAL_MESSAGE')
    ? fail('WSAEOPNOTSUPP', call, { detail: 'the provider sends no message in parts (XP1_PARTIAL_MESSAGE).' })
    : undefined;
};

/** Flags that exclude MSG_WAITALL: WSARecv, dwFlags. */
const NOT_WITH_WAITALL = ['MSG_OOB', 'MSG_PEEK', 'MSG_PARTIAL'] as const;

/** @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsarecv */
export const recvFlagsRefused = (socket: Socket, { flags = [] }: RecvFlags, call: string) => {
  const { entry, isStream, nonBlocking } = socket;
  if (flags.includes('MSG_OOB') && !offers(entry, 'XP1_EXPEDITED_DATA')) return noUrgentData(call);
  if (flags.includes('MSG_PARTIAL') && !offers(entry, 'XP1_MESSAGE_ORIENTED')) {
    return fail('WSAEOPNOTSUPP', call, { detail: 'a stream has no messages (XP1_MESSAGE_ORIENTED).' });
  }
  if (!flags.includes('MSG_WAITALL')) return undefined;
  if (!isStream) return fail('WSAEOPNOTSUPP', call, { detail: 'MSG_WAITALL is for streams.' });
  if (nonBlocking) return fail('WSAEOPNOTSUPP', call, { detail: 'MSG_WAITALL is for blocking sockets.' });
  const other = NOT_WITH_WAITALL.find((flag) => flags.includes(flag));
  return other && fail('WSAEOPNOTSUPP', call, { detail: `MSG_WAITALL does not go together with ${other}.` });
};

const noUrgentData = (call: string): Failure =>
  fail('WSAEOPNOTSUPP', call, { detail: 'the provider has no urgent data (XP1_EXPEDITED_DATA).' });
