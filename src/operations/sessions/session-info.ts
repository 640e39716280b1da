import type { Static } from 'typebox';
import Type from 'typebox';
import { invalid, type Refusal } from '../../daemon/answers/refusals.js';
import type { Call } from '../../daemon/calls/call.js';
import type { Daemon, Limits } from '../../daemon/daemon.js';
import type { Session } from '../../daemon/sessions/session.js';
import type { Clock } from '../../daemon/waiting/clock.js';
import { versionText } from '../../winsock/versions.js';
import { component, count, instant, int32, sessionIdSchema } from '../schemas/schemas.js';

export const SessionInfoSchema = component('SessionInfo', 'A session, as the daemon sees it.', {
  sessionId: sessionIdSchema,
  version: Type.String({ description: 'The negotiated Winsock version.' }),
  startups: count('startup calls without a cleanup; 0: not initialised.'),
  leaseSeconds: int32('How long it lives unused, in seconds.', 1, 0x7fffffff),
  leaseExpiresAt: instant('When it ends if it is not used.'),
  sockets: count('How many sockets it has.'),
  relays: count('How many relays it has.'),
  pendingCalls: count('How many of its calls are pending, without this one.'),
  labNetwork: Type.Optional(Type.String({ description: 'The named lab network it joined.' })),
  createdAt: instant('When it began.'),
});

/** The wall time at which the session ends if it is not used. */
export const leaseExpiresAt = (session: Session, clock: Clock): string =>
  new Date(clock.wall().getTime() + session.lease.left).toISOString();

/**
 * A session as getSession and listSessions show it.
 *
 * @param call the call that asks; it does not count itself
 */
export const sessionInfo = (
  session: Session,
  { clock, sockets, relays }: Daemon,
  call: Call,
): Static<typeof SessionInfoSchema> => ({
  sessionId: session.id,
  version: versionText(session.version),
  startups: session.startups,
  leaseSeconds: session.lease.seconds,
  leaseExpiresAt: leaseExpiresAt(session, clock),
  sockets: sockets.countOf(session),
  relays: relays.of(session).length,
  pendingCalls: session.calls.size - (session.calls.has(call) ? 1 : 0),
  ...(session.labNetwork !== undefined && { labNetwork: session.labNetwork }),
  createdAt: session.createdAt.toISOString(),
});

/** The refusal of a lease that is longer than this daemon grants. */
export const leaseTooLong = (
  seconds: number | undefined,
  { maxLeaseSeconds }: Limits,
): Refusal | undefined => {
  if (seconds === undefined || seconds <= maxLeaseSeconds) return undefined;
  return invalid(
    ['leaseSeconds'],
    `must be at most ${maxLeaseSeconds}, this daemon's limits.maxLeaseSeconds`,
  );
};
