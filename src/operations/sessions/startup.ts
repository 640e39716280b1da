import Type, { type Static } from 'typebox';
import type { Answer } from '../../daemon/answers/answer.js';
import { invalid } from '../../daemon/answers/refusals.js';
import type { Call } from '../../daemon/calls/call.js';
import type { ConnectionEnd } from '../../daemon/calls/client-connection.js';
import type { Daemon } from '../../daemon/daemon.js';
import type { Session } from '../../daemon/sessions/session.js';
import { fail, ok } from '../../winsock/outcome.js';
import { HIGHEST, negotiate, type Version, versionText } from '../../winsock/versions.js';
import { armRules, overFaultQuota } from '../faults/fault-rules.js';
import { faultIdsSchema, faultsParameter } from '../faults/fault-schemas.js';
import { readFaults } from '../faults/read-fault.js';
import { operation } from '../operation.js';
import { SESSION_ID } from '../schemas/examples.js';
import { component, instant, int32, parameters, sessionIdSchema } from '../schemas/schemas.js';
import { leaseExpiresAt, leaseTooLong } from './session-info.js';

const StartupRequest = parameters('StartupRequest', {
  version: Type.Optional(
    Type.String({
      description: 'Winsock version wanted, `major.minor`; 2.2 without it.',
      maxLength: 7,
      pattern:
        '^(?:[0-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5])\\.(?:[0-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5])$',
    }),
  ),
  leaseSeconds: Type.Optional(
    int32('How long the session lives unused, in seconds; limits.leaseSeconds (60) without it.', 1, 86_400),
  ),
  sessionId: Type.Optional(sessionIdSchema),
  labNetwork: Type.Optional(
    Type.String({
      description: 'Name of a lab network to share with other sessions of the same owner.',
      maxLength: 64,
      pattern: '^[A-Za-z0-9._-]{1,64}$',
    }),
  ),
  endWithConnection: Type.Optional(
    Type.Boolean({
      description:
        'Over a WebSocket: the session ends when that closes; if that is lost, its connections are reset.',
    }),
  ),
  faults: faultsParameter('Faults to arm for the session, see armFault.'),
});

type Asked = Pick<Static<typeof StartupRequest>, 'leaseSeconds' | 'labNetwork' | 'faults'>;

export const startup = operation({
  name: 'startup',
  summary: 'Begin a session, or count one more start-up of it',
  description: [
    'A session stands for a Winsock process: it owns sockets, a start-up count and a last error. With',
    '`sessionId` the start-up counts for that session, also after its last cleanup. `created` says whether',
    'the session is new, `startupCount` how many start-ups have no cleanup yet. Versions are negotiated as',
    'in WSAStartup: between two known versions the lower one, above 2.2 always 2.2. A session of version 1.x',
    'has one blocking call at a time.',
  ].join('\n'),
  winsock: ['WSAStartup'],
  page: 'https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-wsastartup',
  scope: 'daemon',
  params: StartupRequest,
  result: component('StartupResult', 'The session.', {
    sessionId: sessionIdSchema,
    created: Type.Boolean({ description: 'Whether the session is new.' }),
    startupCount: int32('Start-ups of the session without a cleanup, with this one.', 1, 0x7fffffff),
    version: Type.String({ description: 'wVersion: the version granted.' }),
    highVersion: Type.String({ description: 'wHighVersion: the highest version there is.' }),
    leaseExpiresAt: instant('When it ends if it is not used.'),
    faultIds: faultIdsSchema,
  }),
  errors: ['WSASYSNOTREADY', 'WSAVERNOTSUPPORTED', 'WSAEINPROGRESS', 'WSAEPROCLIM', 'WSAEFAULT'],
  example: {
    params: { version: '2.2', leaseSeconds: 3600 },
    result: {
      sessionId: SESSION_ID,
      created: true,
      startupCount: 1,
      version: '2.2',
      highVersion: '2.2',
      leaseExpiresAt: '2026-01-01T13:00:00.000Z',
    },
  },
  effect: 'change',
  createsSometimes: true,
  affects: 'all',
  rest: { path: '/startup' },
  run(daemon, params, call) {
    const version = negotiate(params.version ?? '2.2');
    if (!version.ok) return version;
    const specs = readFaults(daemon, params.faults);
    if (!specs.ok) return specs;
    const { connection } = call;
    if (params.endWithConnection && !connection) return noConnection;
    const tooLong = leaseTooLong(params.leaseSeconds, daemon.limits);
    if (tooLong) return tooLong;
    const session =
      params.sessionId === undefined
        ? begun(daemon, call, version.value, params)
        : begunAgain(daemon, call, version.value, params, params.sessionId);
    if (!session.ok) return session;
    const end = (how: ConnectionEnd) =>
      void daemon.sessions.end(session.value, how === 'lost' ? 'connection-lost' : 'session-ended');
    if (params.endWithConnection) connection?.endWith(session.value, end);
    else connection?.use(session.value);
    return ok({
      sessionId: session.value.id,
      created: params.sessionId === undefined,
      startupCount: session.value.startups,
      version: versionText(session.value.version),
      highVersion: versionText(HIGHEST),
      leaseExpiresAt: leaseExpiresAt(session.value, daemon.clock),
      ...armRules(daemon, session.value, specs.value, call),
    });
  },
  created: ({ sessionId, created }) => (created ? { kind: 'session', id: sessionId } : undefined),
  journal: ({ faultIds }) => ({ armed: faultIds }),
});

const begun = (daemon: Daemon, call: Call, version: Version, asked: Asked): Answer<Session> => {
  const opened = daemon.sessions.open(call.owner, {
    version,
    leaseSeconds: asked.leaseSeconds ?? Math.min(daemon.limits.leaseSeconds, daemon.limits.maxLeaseSeconds),
    labNetwork: asked.labNetwork,
  });
  if (opened.ok) call.onUndelivered(() => void daemon.sessions.end(opened.value, 'session-ended'));
  return opened;
};

/** A start-up of a session that exists. Its version stays while the session is initialised. */
const begunAgain = (
  daemon: Daemon,
  call: Call,
  version: Version,
  asked: Asked,
  sessionId: string,
): Answer<Session> => {
  const found = daemon.sessions.find(call.owner, sessionId);
  if (!found.ok) return found;
  const session = found.value;
  if (asked.labNetwork !== undefined && asked.labNetwork !== session.labNetwork) return otherNetwork;
  if (session.isBlocked) return fail('WSAEINPROGRESS', 'WSAStartup');
  const overQuota = overFaultQuota(daemon, session, asked.faults?.length ?? 0);
  if (overQuota) return overQuota;
  if (!session.isInitialised) session.version = version;
  session.startups++;
  session.lease.renew(asked.leaseSeconds);
  call.onUndelivered(() => void daemon.sessions.cleanup(session));
  return found;
};

const noConnection = invalid(
  ['endWithConnection'],
  'needs a WebSocket: this request has no connection of its own',
);

const otherNetwork = invalid(['labNetwork'], 'a session keeps the lab network with which it began');
