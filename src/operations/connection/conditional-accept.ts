import Type from 'typebox';
import type { Answer } from '../../daemon/answers/answer.js';
import { invalid, type Refusal } from '../../daemon/answers/refusals.js';
import type { Socket } from '../../daemon/sockets/socket.js';
import { CONDITIONS, type Condition, NETWORK_EVENTS } from '../../winsock/constants.js';
import { fail, ok } from '../../winsock/outcome.js';
import { offers } from '../../winsock/protocol-info.js';
import { operation } from '../operation.js';
import { bytesOf, bytesResult } from '../schemas/buffers.js';
import { LOCAL } from '../schemas/examples.js';
import {
  BufferSchema,
  BytesSchema,
  component,
  keysOf,
  names,
  SocketAddressSchema,
  socketIdSchema,
  socketState,
  timeoutMs,
} from '../schemas/schemas.js';
import { retryUntilReady } from '../waiting/retry-until-ready.js';
import {
  ACCEPT_ADVICE,
  ACCEPT_ALSO_SEEN,
  ACCEPT_ERRORS,
  acceptedResult,
  acceptNext,
  calleeDataOf,
} from './accept-next.js';

const AcceptConditionSchema = names(
  'AcceptCondition',
  keysOf(CONDITIONS),
  'The decision, as a condition function gives it.',
);

const ConditionalAcceptRequest = component(
  'ConditionalAcceptRequest',
  'What conditionalAccept takes; calleeData goes with CF_ACCEPT, disconnectData with CF_REJECT.',
  {
    condition: AcceptConditionSchema,
    offerId: Type.Optional(
      Type.String({ maxLength: 64, description: 'Only if this is still the first offer.' }),
    ),
    calleeData: Type.Optional(BufferSchema),
    disconnectData: Type.Optional(BufferSchema),
    timeoutMs,
  },
);

export const conditionalAccept = operation({
  name: 'conditionalAccept',
  summary: 'Show the next connection of a listener, then accept, reject or defer it',
  description: [
    'The condition function of WSAAccept in separate steps. CF_DEFER waits for an offer and answers its',
    '`offerId`, as a success, where WSAAccept fails with WSATRY_AGAIN; the offer stays first. CF_ACCEPT',
    'takes it as accept does, CF_REJECT rejects it. With `offerId` they decide only if it is still the first',
    'offer, else WSAEACCES; without it they decide about the first offer.',
    '',
    'With SO_CONDITIONAL_ACCEPT set before listen, a caller on the lab and on ws2_32 waits for the decision,',
    'and a rejection is WSAECONNREFUSED for it (its system may call again by itself: another offer). On the',
    "lab `disconnectData` goes with the rejection; recvDisconnect fetches it. If the caller's connect has",
    'ended already (without the option, and always on posix, whose system completes connections itself, and',
    'under Wine, which lacks the option), a rejection resets the connection: the caller gets WSAECONNRESET.',
  ].join('\n'),
  winsock: ['WSAAccept'],
  page: 'https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsaaccept',
  scope: 'socket',
  params: ConditionalAcceptRequest,
  result: component('ConditionalAcceptResult', 'The offer; after CF_ACCEPT with the accepted socket.', {
    condition: AcceptConditionSchema,
    created: Type.Boolean({ description: 'A socket was made: after CF_ACCEPT.' }),
    offerId: Type.Optional(Type.String({ description: 'The offer; not after CF_ACCEPT.' })),
    socketId: Type.Optional(socketIdSchema),
    state: Type.Optional(socketState),
    remoteAddress: SocketAddressSchema,
    callerData: Type.Optional(BytesSchema),
  }),
  errors: [...ACCEPT_ERRORS, 'WSAEACCES', 'WSAECONNREFUSED', 'WSATRY_AGAIN'],
  alsoSeen: {
    ...ACCEPT_ALSO_SEEN,
    WSAENOPROTOOPT: 'disconnectData, and the provider of the socket lacks XP1_DISCONNECT_DATA',
  },
  advice: ACCEPT_ADVICE,
  example: {
    sockets: ['listener'],
    params: { condition: 'CF_DEFER', timeoutMs: 5000 },
    result: { condition: 'CF_DEFER', created: false, offerId: 'off_1', remoteAddress: LOCAL },
  },
  effect: 'change',
  lane: 'recv',
  blocking: true,
  createsSometimes: true,
  does: 'accepts',
  async run(listener, params, call, daemon) {
    const { condition, offerId } = params;
    const misplaced = misplacedData(condition, params);
    if (misplaced) return misplaced;
    const check = () => daemon.offers.check(listener, offerId);
    if (condition === 'CF_ACCEPT') {
      const callee = calleeDataOf(listener, params.calleeData);
      if (!callee.ok) return callee;
      const taken = await acceptNext(listener, call, daemon, callee.value, check);
      if (!taken.ok) return taken;
      if (offerId !== undefined) daemon.offers.took(listener, taken.value.accepted);
      return ok({ condition, created: true, ...acceptedResult(taken.value) });
    }
    const data = disconnectDataOf(listener, params.disconnectData);
    if (!data.ok) return data;
    const shown = await retryUntilReady(listener, call, { read: true }, 'accept', () => {
      const allowed = check();
      if (!allowed.ok) return allowed;
      if (condition === 'CF_DEFER') return daemon.offers.first(listener);
      const rejected = daemon.offers.reject(listener, data.value, allowed.value);
      listener.enableEvents(NETWORK_EVENTS.FD_ACCEPT);
      return rejected;
    });
    if (!shown.ok) return shown;
    const { id, remote, callerData } = shown.value;
    return ok({
      condition,
      created: false,
      offerId: id,
      remoteAddress: remote,
      ...(callerData && { callerData: bytesResult(callerData) }),
    });
  },
  created: ({ socketId }) => (socketId === undefined ? undefined : { kind: 'socket', id: socketId }),
  journal: ({ remoteAddress, offerId }) => ({ addresses: { remote: remoteAddress }, offerId }),
});

type Data = Partial<Record<'calleeData' | 'disconnectData', unknown>>;

/** The refusal of data that belongs to another decision. */
const misplacedData = (condition: Condition, given: Data): Refusal | undefined => {
  const pairs = [
    ['calleeData', 'CF_ACCEPT'],
    ['disconnectData', 'CF_REJECT'],
  ] as const;
  const wrong = pairs.find(([name, goesWith]) => given[name] !== undefined && condition !== goesWith);
  if (!wrong) return undefined;
  const [name, goesWith] = wrong;
  return invalid([name], `goes with ${goesWith} only`);
};

const disconnectDataOf = (
  listener: Socket,
  given: Parameters<typeof bytesOf>[0] | undefined,
): Answer<Buffer | undefined> => {
  if (given === undefined) return ok(undefined);
  const bytes = bytesOf(given, ['disconnectData'], 'WSAAccept');
  if (!bytes.ok || offers(listener.entry, 'XP1_DISCONNECT_DATA')) return bytes;
  return fail('WSAENOPROTOOPT', 'WSAAccept', {
    detail: 'the provider of this socket lacks XP1_DISCONNECT_DATA; leave disconnectData out.',
    extra: { capability: 'disconnectData' },
  });
};
