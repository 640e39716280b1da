import { directionOf } from '../../../daemon/faults/fault-rule.js';
import { caused, type Effect } from '../effect.js';
import { foundNothingYet } from './freeze.js';

/**
 * `after` of effects that hold something back in a direction of a socket: if the call found nothing meanwhile,
 * the fault is named as the cause.
 */
export const heldBack: NonNullable<Effect['after']> = ({ op, call, socket }, answer, _members, rule) => {
  const direction = directionOf(op);
  if (!socket || !direction || answer.ok || !foundNothingYet(answer)) return answer;
  if (socket.underlying.activeHolds(direction)?.activeRule !== rule) return answer;
  const detail = `fault ${rule.id} holds back the bytes.`;
  return caused(call, { faultId: rule.id, effect: rule.spec.effect.kind }, { ...answer, detail });
};
