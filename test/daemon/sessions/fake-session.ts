import { ProviderUsers } from '../../../src/daemon/sessions/provider-users.js';
import type { Session } from '../../../src/daemon/sessions/session.js';

/** A session with what sockets and their table use: a journal that keeps nothing, and no faults. */
export const fakeSession = (owner = 'alice'): Session => {
  const parts: unknown = {
    owner,
    id: `ses_of_${owner}`,
    socketsOpened: 0,
    journal: {
      beginSocket: () => ({}),
      stateChanged: () => undefined,
      socketEnded: () => undefined,
      discard: () => undefined,
    },
    faults: { removeOfSocket: () => undefined },
    providerUsers: new ProviderUsers(),
  };
  return parts as Session;
};

export const FAKE_SESSION = fakeSession();
