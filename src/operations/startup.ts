import Type from 'typebox';
import type { Answer } from '../daemon/answer.js';
import type { Session } from '../daemon/session.js';
import { HIGHEST, negotiate, versionText } from '../daemon/versions.js';
import { fail, ok } from '../winsock/outcome.js';
import { armed, faultIdsSchema, faultsParameter, overFaultQuota, readFaults } from './fault-rules.js';
import { operation } from './operation.js';
import { component, int32, sessionIdSchema } from './schemas.js';
import { leaseExpiresAt } from './session-info.js';

export const startup = operation({
  name: 'startup',
  summary: 'Begin a session, or begin it once more',
  description: [
    'A session is what a process is to Winsock: it owns sockets, a start-up count and a last error.',
    'With `sessionId` the start-up counts for that session (answer 200): once more, or anew after its last',
    'cleanup. Versions are negotiated as WSAStartup does: between two known ones the lower one, above 2.2',
    'always 2.2. A session of version 1.x has one blocking call at a time.',
  ].join('\n'),
  winsock: ['WSAStartup'],
  page: 'https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-wsastartup',
  scope: 'daemon',
  params: component(
    'StartupRequest',
    {
      version: Type.Optional(
        Type.String({
          description: 'Winsock version wanted, `major.minor`; 2.2 without it.',
          pattern:
            '^(?:[0-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5])\\.(?:[0-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5])$',
        }),
      ),
      leaseSeconds: Type.Optional(
        int32('How long the session lives unused, in seconds; 60 without it.', 1, 86_400),
      ),
      sessionId: Type.Optional(sessionIdSchema),
      labNetwork: Type.Optional(
        Type.String({
          description: 'Name of a lab network to share with other sessions of the same owner.',
          pattern: '^[A-Za-z0-9._-]{1,64}$',
        }),
      ),
      faults: faultsParameter('Faults to arm for the session, see armFault.'),
    },
    'What startup takes.',
  ),
  result: component(
    'StartupResult',
    {
      sessionId: sessionIdSchema,
      version: Type.String({ description: 'wVersion: the version granted.' }),
      highVersion: Type.String({ description: 'wHighVersion: the highest version there is.' }),
      leaseExpiresAt: Type.String({ format: 'date-time', description: 'When it ends if nothing happens.' }),
      faultIds: faultIdsSchema,
    },
    'The session.',
  ),
  errors: ['WSASYSNOTREADY', 'WSAVERNOTSUPPORTED', 'WSAEINPROGRESS', 'WSAEPROCLIM', 'WSAEFAULT'],
  effect: 'change',
  uninitialised: true,
  rest: { path: '/startup' },
  run(daemon, params, call) {
    const version = negotiate(params.version ?? '2.2');
    if (!version.ok) return version;
    const specs = readFaults(daemon, params.faults);
    if (!specs.ok) return specs;
    const leaseSeconds = Math.min(
      params.leaseSeconds ?? daemon.limits.leaseSeconds,
      daemon.limits.maxLeaseSeconds,
    );
    const again = params.sessionId !== undefined;
    const found: Answer<Session> = again
      ? daemon.sessions.find(call.owner, params.sessionId ?? '')
      : daemon.sessions.open(call.owner, {
          version: version.value,
          leaseSeconds,
          labNetwork: params.labNetwork,
        });
    if (!found.ok) return found;
    const session = found.value;
    if (again) {
      if (session.isBlocked) return fail('WSAEINPROGRESS', 'WSAStartup');
      const overQuota = overFaultQuota(daemon, session, specs.value.length);
      if (overQuota) return overQuota;
      if (!session.isInitialised) session.version = version.value;
      session.startups++;
      daemon.sessions.renew(session, params.leaseSeconds === undefined ? undefined : leaseSeconds);
    } else {
      call.undelivered(() => void daemon.sessions.end(session, 'session-ended'));
    }
    return ok({
      sessionId: session.id,
      version: versionText(version.value),
      highVersion: versionText(HIGHEST),
      leaseExpiresAt: leaseExpiresAt(session, daemon.clock),
      ...armed(daemon, session, specs.value),
    });
  },
  created: (result, params) =>
    params.sessionId === undefined ? `/v1/sessions/${result.sessionId}` : undefined,
});
