import type { Session } from '../../../src/daemon/sessions/session.js';

const parts: unknown = {
  journal: { begin: () => ({}), stateChanged: () => undefined },
};

/** All that a socket by itself asks of its session: a journal that keeps nothing. */
export const QUIET_SESSION = parts as Session;
