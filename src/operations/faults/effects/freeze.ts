import { type Answer, isRefusal } from '../../../daemon/answers/answer.js';
import type { FaultRule, FaultSubject } from '../../../daemon/faults/fault-rule.js';
import { failedWith } from '../../../winsock/outcome.js';
import { int32 } from '../../schemas/schemas.js';
import { caused, type Effect, type FaultedCall, LONGEST_MS, type Members } from '../effect.js';

const schema = { freezeMs: int32('With `freeze`: milliseconds.', 1, LONGEST_MS) };

/** Calls that receive or accept. recvDisconnect shuts a direction all the same, so it begins no freeze. */
const readsArrivals = ({ does }: FaultSubject['op']): boolean => does === 'receives' || does === 'accepts';

/** For a time nothing that arrives shows, at any id of the socket. */
export const freeze: Effect = {
  kind: 'freeze',
  text: [
    'hides from then on for `freezeMs` all that arrives:',
    'no receive, accept, recvDisconnect, select, poll, event, FIONREAD, SO_ERROR or state, of any id of the',
    'socket, shows bytes, connections, the end of the peer or a reset; only a send answers that the',
    'connection is lost.',
    'Removing the rule and shutting down receiving end it, too; then waiting calls wake',
  ].join(' '),
  schema,
  fitsOperation: readsArrivals,
  part: () => 'precedes',
  before({ socket, daemon }, { freezeMs }: Members<typeof schema>, rule) {
    socket?.underlying.freezes.begin(rule, freezeMs, daemon.clock);
    return undefined;
  },
};

/** The rule whose freeze hides arrivals from a call. */
export const freezeOver = (
  { op, socket }: FaultedCall,
  find: (id: string) => FaultRule | undefined,
): FaultRule | undefined => {
  const rule = socket?.frozenBy;
  if (!rule || !(readsArrivals(op) || op.does === 'receivesEnd')) return undefined;
  // The rule of another session that has an id of the same socket is not named here.
  return find(rule.id) === rule ? rule : undefined;
};

/** The answer of such a call. If it found nothing, the fault is named as the cause. */
export const foundNothing = (
  { call, socket }: FaultedCall,
  rule: FaultRule,
  answer: Answer<object>,
): Answer<object> => {
  call.writableFaults.addId(rule.id);
  if (answer.ok || socket?.frozenBy !== rule || !foundNothingYet(answer)) return answer;
  const detail = `fault ${rule.id} has frozen the socket; nothing shows before it ends.`;
  return caused(call, { faultId: rule.id, effect: 'freeze' }, { ...answer, detail });
};

/** Whether a call would have waited on, or ended its wait without having found anything. */
export const foundNothingYet = (answer: Answer<never>): boolean =>
  isRefusal(answer)
    ? answer.refusal === 'wait-limit'
    : failedWith(answer, 'WSAEWOULDBLOCK') || failedWith(answer, 'WSAETIMEDOUT');
