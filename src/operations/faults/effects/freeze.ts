import { type Answer, isRefusal } from '../../../daemon/answers/answer.js';
import type { FaultRule, FaultSubject } from '../../../daemon/faults/faults.js';
import { failedWith } from '../../../winsock/outcome.js';
import { int32 } from '../../schemas/schemas.js';
import { caused, type Effect, type FaultedCall, LONGEST_MS, type Members } from '../effect.js';

const schema = { freezeMs: int32('With `freeze`: milliseconds.', 1, LONGEST_MS) };

/** What receives or accepts. recvDisconnect shuts a direction all the same, so it begins no freeze. */
const looksForArrivals = ({ does }: FaultSubject['op']): boolean => does === 'receives' || does === 'accepts';

/** The socket, by all its ids, sees nothing of what arrives for so long. */
export const freeze: Effect = {
  kind: 'freeze',
  text: [
    'hides from then on for `freezeMs` all that arrives:',
    'bytes, connections, the end of the peer and a reset are seen by no receive, accept, recvDisconnect, select, poll,',
    'event, FIONREAD, SO_ERROR or state, by whichever id of the socket; a send does tell that the connection is gone.',
    'It ends with its rule, too, and when receiving is shut down; then those that wait wake',
  ].join(' '),
  schema,
  fitsOperation: looksForArrivals,
  part: () => 'precedes',
  before({ socket, daemon }, { freezeMs }: Members<typeof schema>, rule) {
    socket?.underlying.freezes.begin(rule, freezeMs, daemon.clock);
    return undefined;
  },
};

/** The rule whose freeze hides from a call what it looks for. */
export const freezeOver = (
  { op, socket }: FaultedCall,
  find: (id: string) => FaultRule | undefined,
): FaultRule | undefined => {
  const rule = socket?.frozenBy;
  if (!rule || !(looksForArrivals(op) || op.does === 'receivesEnd')) return undefined;
  // A rule of another session, which has an id of the same socket, is nothing that this one knows.
  return find(rule.id) === rule ? rule : undefined;
};

/** The answer of such a call: where it found nothing, the fault is the reason. */
export const foundNothing = (
  { call, socket }: FaultedCall,
  rule: FaultRule,
  answer: Answer<object>,
): Answer<object> => {
  call.faulted.name(rule.id);
  if (answer.ok || socket?.frozenBy !== rule || !saysNothingCame(answer)) return answer;
  const detail = `fault ${rule.id} has frozen the socket; there is nothing to see until it ends.`;
  return caused(call, { faultId: rule.id, effect: 'freeze' }, { ...answer, detail });
};

const saysNothingCame = (answer: Answer<never>): boolean =>
  isRefusal(answer)
    ? answer.refusal === 'wait-limit'
    : failedWith(answer, 'WSAEWOULDBLOCK') || failedWith(answer, 'WSAETIMEDOUT');
