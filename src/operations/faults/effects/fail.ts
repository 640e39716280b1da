import Type from 'typebox';
import { isRefusal } from '../../../daemon/answers/answer.js';
import { canBeProblem, WSA_NAMES } from '../../../winsock/errors.js';
import { fail as failure } from '../../../winsock/outcome.js';
import { names } from '../../schemas/schemas.js';
import { caused, type Effect, type Members } from '../effect.js';

const schema = {
  code: names('FaultCode', WSA_NAMES.filter(canBeProblem), 'With `fail`: the code to answer.'),
  phase: Type.Optional(
    names(
      'FaultPhase',
      ['before', 'after'],
      'With `fail`: `before` (default): no call is made; `after`: its result is dropped and goes back.',
    ),
  ),
};
type Given = Members<typeof schema>;

/** Answers `code` in place of the call or of its result. */
export const fail: Effect = {
  kind: 'fail',
  text: 'answers `code`',
  schema,
  defaults: { phase: 'before' },
  part: ({ phase }: Given) => (phase === 'after' ? 'decides' : 'replaces'),
  before({ call, name }, { code, phase }: Given, { id }) {
    if (phase === 'after') return undefined;
    const detail = `fault ${id} answered this; the call was not made.`;
    return caused(call, { faultId: id, effect: 'fail' }, failure(code, name, { detail }));
  },
  after({ call, name }, real, { code, phase }: Given, { id }) {
    if (phase !== 'after') return real;
    // The daemon refused the call, so it was not made, and the rule has not acted.
    if (!real.ok && isRefusal(real)) {
      call.writableFaults.removeId(id);
      return real;
    }
    call.giveBack();
    const detail = `fault ${id} answered this; the call was made, and its result dropped.`;
    // If a delay ended the call or a freeze hid what it asked for, that invention has the real code.
    const { realCode } = call.faults.invention ?? { realCode: real.ok ? 0 : real.code };
    if (real.ok) call.writableFaults.dropped = real.value;
    const made = realCode === undefined ? {} : { realCode };
    return caused(call, { faultId: id, effect: 'fail', ...made }, failure(code, name, { detail }));
  },
};
