import type { SessionInfo } from '../../src/console/model/types.js';

/** A session as a look shows it. */
export const SESSION: SessionInfo = {
  sessionId: 'ses_1',
  version: '2.2',
  startups: 1,
  leaseSeconds: 60,
  leaseExpiresAt: '2026-01-01T00:01:00.000Z',
  sockets: 0,
  relays: 0,
  pendingCalls: 0,
  createdAt: '2026-01-01T00:00:00.000Z',
};
