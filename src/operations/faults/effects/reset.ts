import type { Answer } from '../../../daemon/answers/answer.js';
import type { Call } from '../../../daemon/calls/call.js';
import type { CallAction } from '../../../daemon/faults/fault-rule.js';
import { fail } from '../../../winsock/outcome.js';
import { caused, type Effect, type FaultedCall, STREAMS } from '../effect.js';

/** What calls do that a socket without a connection makes. */
const BEFORE_CONNECTION: readonly CallAction[] = ['binds', 'listens', 'connects', 'accepts'];

/** Resets the native connection. The id of the socket stays, and every later call answers WSAECONNRESET. */
export const reset: Effect = {
  kind: 'reset',
  text: 'resets the connection of the socket, whose calls answer WSAECONNRESET from then on',
  schema: {},
  sockets: STREAMS,
  fitsOperation: ({ does }) => does === undefined || !BEFORE_CONNECTION.includes(does),
  // A connection that another rule has reset still counts: no rule's count depends on other rules.
  fitsNow: ({ state, resetBy }) => state === 'connected' || resetBy !== undefined,
  part: () => 'replaces',
  before({ call, socket, name }, _members, { id }) {
    if (!socket) return undefined;
    // The call is itself a call of the socket; the reset neither ends it nor waits for it.
    socket.calls.leave(call);
    socket.underlying.reset(id);
    const detail = `fault ${id} reset the connection.`;
    return caused(call, { faultId: id, effect: 'reset' }, fail('WSAECONNRESET', name, { detail }));
  },
};

/** The answer of a call on a connection that a fault has reset before. */
export const resetBefore = ({ call, name }: FaultedCall, faultId: string): Answer<never> => {
  const detail = `fault ${faultId} reset the connection earlier; close the socket and open a new one.`;
  return caused(call, { faultId, effect: 'reset' }, fail('WSAECONNRESET', name, { detail }));
};

/** Marks the answer of a call if a fault reset the connection of one of its sockets while it waited. */
export const resetMeanwhile = (call: Call, answer: Answer<object>): Answer<object> => {
  const { resetBy } = call.faults;
  if (call.ended !== 'reset' || resetBy === undefined) return answer;
  if (!answer.ok) return caused(call, { faultId: resetBy, effect: 'reset' }, answer);
  call.writableFaults.addId(resetBy);
  return answer;
};
