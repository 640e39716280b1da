import type { Answer } from '../../../daemon/answers/answer.js';
import type { Call } from '../../../daemon/calls/call.js';
import type { Deed } from '../../../daemon/faults/faults.js';
import { fail } from '../../../winsock/outcome.js';
import { caused, type Effect, type FaultedCall, STREAMS } from '../effect.js';

/** Calls of a socket that has no connection yet. */
const BEFORE_CONNECTION: readonly Deed[] = ['binds', 'listens', 'connects', 'accepts'];

/** Resets the connection natively; the socket's id stays, and every later call answers that it is gone. */
export const reset: Effect = {
  kind: 'reset',
  text: 'resets the connection of the socket, whose calls answer WSAECONNRESET from then on',
  schema: {},
  sockets: STREAMS,
  fitsOperation: ({ does }) => does === undefined || !BEFORE_CONNECTION.includes(does),
  // A connection that another rule has reset counts on: what one counts is not the doing of the others.
  fitsNow: ({ state, lostBy }) => state === 'connected' || lostBy !== undefined,
  part: () => 'replaces',
  before({ call, socket, name }, _given, { id }) {
    if (!socket) return undefined;
    // The call itself works on the socket too: it is not among those that the reset ends and waits for.
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

/** The answer of a call, marked if a fault reset the connection of one of its sockets while it waited. */
export const resetMeanwhile = (call: Call, answer: Answer<object>): Answer<object> => {
  const { resetBy } = call.faults;
  if (call.ended !== 'reset' || resetBy === undefined) return answer;
  if (!answer.ok) return caused(call, { faultId: resetBy, effect: 'reset' }, answer);
  call.faulted.name(resetBy);
  return answer;
};
