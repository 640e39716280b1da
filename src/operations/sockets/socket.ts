import Type from 'typebox';
import { refuse } from '../../daemon/answers/refusals.js';
import { ADDRESS_FAMILIES, SOCKET_TYPES } from '../../winsock/constants.js';
import { ok } from '../../winsock/outcome.js';
import type { ProtocolInfo } from '../../winsock/protocol-info.js';
import { isStreamEntry } from '../../winsock/protocol-info.js';
import { armRules, overFaultQuota } from '../faults/fault-rules.js';
import { faultIdsSchema, faultsParameter } from '../faults/fault-schemas.js';
import { readFaults } from '../faults/read-fault.js';
import { operation } from '../operation.js';
import { SOCKET_ID } from '../schemas/examples.js';
import {
  AddressFamilySchema,
  CaptureSchema,
  component,
  dword,
  ProtocolSchema,
  ProviderNameSchema,
  parameters,
  SocketTypeSchema,
  socketIdSchema,
  socketState,
} from '../schemas/schemas.js';

export const socket = operation({
  name: 'socket',
  summary: 'Open a socket',
  description: [
    'Takes the first catalog entry that fits, as WSASocket does: by `family`, `type` and `protocol` (absent',
    'ones fit any), by `provider`, or one entry by `catalogEntryId`. `provider: "lab"` without a protocol',
    "opens the lab's default stream, which carries disconnect data. Sockets are blocking until ioctl",
    'FIONBIO. AF_UNIX is SOCK_STREAM only, where the system has it, and opened only on request. Raw sockets',
    'are never opened: WSAESOCKTNOSUPPORT, or `socket-denied` if the catalog has them. With `capture` its',
    'journal, and those of the sockets that it accepts, keep the first bytes of every send and receive.',
  ].join('\n'),
  winsock: ['WSASocket', 'socket'],
  page: 'https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasocketw',
  scope: 'session',
  params: parameters('SocketRequest', {
    family: Type.Optional(AddressFamilySchema),
    type: Type.Optional(SocketTypeSchema),
    protocol: Type.Optional(ProtocolSchema),
    provider: Type.Optional(ProviderNameSchema),
    catalogEntryId: Type.Optional(dword('Only this entry.')),
    faults: faultsParameter('Faults to arm for the new socket, see armFault.'),
    capture: Type.Optional(CaptureSchema),
  }),
  result: component('SocketResult', 'The socket.', {
    socketId: socketIdSchema,
    state: socketState,
    faultIds: faultIdsSchema,
  }),
  errors: [
    'WSAENETDOWN',
    'WSAEAFNOSUPPORT',
    'WSAEMFILE',
    'WSAEINVAL',
    'WSAEINVALIDPROVIDER',
    'WSAEINVALIDPROCTABLE',
    'WSAENOBUFS',
    'WSAEPROTONOSUPPORT',
    'WSAEPROTOTYPE',
    'WSAEPROVIDERFAILEDINIT',
    'WSAESOCKTNOSUPPORT',
    'WSAEFAULT',
  ],
  alsoSeen: { WSAEACCES: 'the system does not let this user open such a socket' },
  example: {
    requests: {
      listener: {
        summary: 'A socket to listen with.',
        params: { family: 'AF_INET', type: 'SOCK_STREAM', protocol: 'IPPROTO_TCP' },
      },
      client: {
        summary: 'A socket to connect, whose journal keeps what it sends and receives.',
        params: { family: 'AF_INET', type: 'SOCK_STREAM', capture: { maxBytes: 1024 } },
      },
      datagram: {
        summary: 'A socket for datagrams.',
        params: { family: 'AF_INET', type: 'SOCK_DGRAM', protocol: 'IPPROTO_UDP' },
      },
    },
    result: { socketId: SOCKET_ID, state: 'fresh' },
  },
  effect: 'change',
  refusals: ['socket-denied'],
  rest: { path: '/sessions/{sessionId}/sockets' },
  run(session, params, call, daemon) {
    const { faults } = params;
    const rulesOverQuota = overFaultQuota(daemon, session, faults?.length ?? 0);
    if (rulesOverQuota) return rulesOverQuota;
    const choice = session.catalog.choose(params);
    if (!choice.ok) return choice;
    if (!isAllowed(choice.value.entry)) return denied;
    const isStream = isStreamEntry(choice.value.entry);
    const checked = readFaults(daemon, faults, { isStream, providerName: choice.value.provider.name });
    if (!checked.ok) return checked;
    const overQuota = daemon.sockets.overQuota(session.owner);
    if (overQuota) return overQuota;
    const opened = daemon.sockets.open(session, choice.value);
    if (!opened.ok) return opened;
    call.onUndelivered(() => daemon.sockets.end(opened.value, 'closed'));
    const { id: socketId, state } = opened.value;
    const specs = checked.value.map((spec) => ({ ...spec, socketId }));
    return ok({ socketId, state, ...armRules(daemon, session, specs, call) });
  },
  created: ({ socketId }) => ({ kind: 'socket', id: socketId }),
  journal: ({ faultIds }, { capture }) => ({ armed: faultIds, captureBytes: capture?.maxBytes }),
});

const { AF_INET, AF_INET6, AF_UNIX } = ADDRESS_FAMILIES;
const { SOCK_STREAM, SOCK_DGRAM } = SOCKET_TYPES;

/**
 * The sockets that the destination policy can judge: streams of these families, and datagrams of the Internet
 * ones.
 */
const isAllowed = ({ addressFamily, socketType }: ProtocolInfo): boolean => {
  if (addressFamily === AF_UNIX) return socketType === SOCK_STREAM;
  const isInternet = addressFamily === AF_INET || addressFamily === AF_INET6;
  return isInternet && (socketType === SOCK_STREAM || socketType === SOCK_DGRAM);
};

const denied = refuse(
  'socket-denied',
  'Only SOCK_STREAM and SOCK_DGRAM of AF_INET and AF_INET6, and SOCK_STREAM of AF_UNIX, are opened.',
);
