import type { Static } from 'typebox';
import type { Clock } from '../daemon/clock.js';
import type { Session } from '../daemon/session.js';
import { versionText } from '../daemon/versions.js';
import type { SessionInfoSchema } from './schemas.js';

/** The wall time at which the session ends if nothing happens. */
export const leaseExpiresAt = (session: Session, clock: Clock): string =>
  new Date(clock.wall().getTime() + session.leaseLeft(clock.now())).toISOString();

/** A session as getSession and listSessions show it. */
export const sessionInfo = (session: Session, clock: Clock): Static<typeof SessionInfoSchema> => ({
  sessionId: session.id,
  version: versionText(session.version),
  startups: session.startups,
  leaseSeconds: session.leaseMs / 1000,
  leaseExpiresAt: leaseExpiresAt(session, clock),
  sockets: session.sockets.size,
  ...(session.labNetwork !== undefined && { labNetwork: session.labNetwork }),
  createdAt: session.createdAt.toISOString(),
});
