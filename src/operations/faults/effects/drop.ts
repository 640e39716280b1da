import type { Effect } from '../effect.js';

/** The network of the lab loses the datagram; the sender gets the answer of a datagram that was sent. */
export const drop: Effect = {
  kind: 'drop',
  text: 'lets the network of the lab lose a datagram that was sent',
  schema: {},
  sockets: {
    text: 'datagram sockets of the lab: a stream loses nothing, and only the lab loses on purpose',
    includes: ({ isStream, providerName }) => !isStream && providerName === 'lab',
  },
  fitsOperation: ({ does }) => does === 'sends',
  part: () => 'decides',
  before({ call }) {
    call.writableFaults.losesDatagram = true;
    return undefined;
  },
  after({ call: { writableFaults: faults } }, answer, _members, { id: faultId }) {
    // The fault did not act on a send that failed without it.
    if (answer.ok) faults.invention = { faultId, effect: 'drop' };
    else faults.removeId(faultId);
    return answer;
  },
};
