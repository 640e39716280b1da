import type { Static } from 'typebox';
import Type from 'typebox';
import type { Answer } from '../../daemon/answers/answer.js';
import { invalid, type Refusal, refuse } from '../../daemon/answers/refusals.js';
import type { Daemon } from '../../daemon/daemon.js';
import { reaches } from '../../daemon/policy/destination-policy.js';
import { MOST_PAIRS } from '../../daemon/relays/relay.js';
import type { ChosenEntry } from '../../daemon/sessions/protocol-catalog.js';
import type { Socket } from '../../daemon/sockets/socket.js';
import type { SocketAddress } from '../../winsock/addresses.js';
import { ADDRESS_FAMILIES } from '../../winsock/constants.js';
import { fail, ok } from '../../winsock/outcome.js';
import { overFaultQuota } from '../faults/fault-rules.js';
import { ownOperation } from '../operation.js';
import { ADDRESS } from '../schemas/examples.js';
import {
  CaptureSchema,
  int32,
  ProviderNameSchema,
  parameters,
  SocketAddressSchema,
} from '../schemas/schemas.js';
import { readRelayFaults } from './relay-faults.js';
import { RelayInfoSchema, relayFaultsParameter, relayInfo } from './relay-schemas.js';

const MAX_CONNECTIONS = 64;
const CONNECT_TIMEOUT_MS = 10_000;

const params = parameters('StartRelayRequest', {
  upstream: SocketAddressSchema,
  provider: Type.Optional(ProviderNameSchema),
  maxConnections: Type.Optional(
    int32(`Most pairs at once, ${MAX_CONNECTIONS} without it; further connections wait.`, 1, MOST_PAIRS),
  ),
  connectTimeoutMs: Type.Optional(
    int32(`Most milliseconds for a connect to upstream; ${CONNECT_TIMEOUT_MS} without it.`, 1, 3_600_000),
  ),
  capture: Type.Optional(CaptureSchema),
  faults: relayFaultsParameter,
});
type Params = Static<typeof params>;

export const startRelay = ownOperation({
  name: 'startRelay',
  summary: 'Join every connection of a listener to a connection to an upstream address',
  description: [
    'For programs that nobody may change: they connect to the listener. The relay accepts, connects to',
    '`upstream`, and moves the bytes of both directions by recv and send, so that faults, journals and',
    '`capture` of the session apply. The end of one stream is shutdown SD_SEND on the other; a call that',
    'fails, or a fault, resets both ends. Until it ends, accept on the listener, and send and recv on its',
    'pairs, are `in-use`. It ends with the listener or the session, which it does not keep alive. Its',
    'upstream sockets are of the provider of the listener, or of `provider`. A listener outside loopback',
    'needs `policy.relay.remote`. See docs/relay.md.',
  ].join('\n'),
  scope: 'socket',
  params,
  result: RelayInfoSchema,
  alsoSeen: { WSAEINVAL: 'the socket does not listen for streams' },
  example: { sockets: ['listener'], params: { upstream: { ...ADDRESS, port: 8081 }, maxConnections: 8 } },
  effect: 'change',
  refusals: ['in-use', 'destination-denied'],
  rest: { path: '/sockets/{socketId}/relay' },
  run(listener, given, call, daemon) {
    if (listener.state !== 'listening') {
      return fail('WSAEINVAL', 'startRelay', { detail: 'the socket does not listen.' });
    }
    const entry = entryOf(listener, given);
    if (!entry.ok) return entry;
    const { catalogEntryId, provider } = entry.value.entry;
    const denied = deniedTo(daemon, listener, given.upstream, provider);
    if (denied) return denied;
    const { faults = [], maxConnections = MAX_CONNECTIONS, connectTimeoutMs = CONNECT_TIMEOUT_MS } = given;
    const providers = { client: listener.providerName, upstream: provider };
    const rules = readRelayFaults(daemon, listener.session, faults, providers);
    if (!rules.ok) return rules;
    const overQuota = overFaultQuota(daemon, listener.session, faults.length);
    if (overQuota) return overQuota;
    const settings = {
      upstream: given.upstream,
      catalogEntryId,
      provider,
      maxConnections,
      connectTimeoutMs,
      ...(given.capture && { captureBytes: given.capture.maxBytes }),
    };
    const relay = daemon.relays.begin(listener, settings, rules.value);
    if (!relay.ok) return relay;
    call.onUndelivered(() => void relay.value.end('reset'));
    return ok(relayInfo(relay.value));
  },
  created: ({ relayId }) => ({ kind: 'relay', id: relayId }),
  journal: ({ faultIds }) => ({ armed: faultIds && faultIds.length > 0 ? faultIds : undefined }),
});

/** The catalog entry of the upstream sockets: that of the listener, where it fits. */
const entryOf = ({ session, entry, providerName }: Socket, given: Params): Answer<ChosenEntry> => {
  const { provider = providerName, upstream } = given;
  const { family } = upstream;
  const isLikeListener = provider === providerName && entry.addressFamily === ADDRESS_FAMILIES[family];
  const chosen = session.catalog.choose(
    isLikeListener ? { catalogEntryId: entry.catalogEntryId } : { provider, family, type: 'SOCK_STREAM' },
  );
  if (chosen.ok) return chosen;
  return invalid(['upstream', 'family'], `is not one of the stream sockets of the provider ${provider}`);
};

/** The refusal by the policy; connect is judged again for every pair. */
const deniedTo = (
  { policy }: Daemon,
  listener: Socket,
  upstream: SocketAddress,
  provider: string,
): Refusal | undefined => {
  const at = listener.use((native, s) => native.getSockName(s));
  const ofListener = at.ok && listener.providerName !== 'lab' ? policy.judgeRelay(at.value) : undefined;
  if (ofListener) return ofListener;
  const denied = provider === 'lab' ? undefined : policy.judge('connect', upstream);
  if (denied) return denied;
  if (!at.ok || provider !== listener.providerName || !reaches(upstream, at.value)) return undefined;
  return refuse('destination-denied', 'The upstream address of a relay is not that of its own listener.');
};
