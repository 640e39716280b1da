import { isRefusal } from '../../../daemon/answers/answer.js';
import { directionOf } from '../../../daemon/faults/fault-rule.js';
import type { Direction } from '../../../daemon/faults/passed-bytes.js';
import type { Socket } from '../../../daemon/sockets/socket.js';
import { failedWith } from '../../../winsock/outcome.js';
import { names } from '../../schemas/schemas.js';
import { caused, type Effect, type Members, STREAMS } from '../effect.js';
import { reset } from './reset.js';
import { sliceSchema } from './slice.js';

const schema = {
  ...sliceSchema,
  // biome-ignore lint/suspicious/noThenProperty: its value is a text, so nothing can take it for a promise
  then: names('FaultThen', ['end', 'reset'], 'With `limit`: what follows the bytes.'),
};
type Given = Members<typeof schema>;

/**
 * Lets exactly so many bytes pass in a direction of a stream, since the rule was armed. `end`: then the
 * direction has ended. Sending is shut down natively: the peer reads every byte and the end, and a program
 * that sends on learns of it, while a network that swallows bytes would hide the fault from it. `reset`: the
 * next call in the direction resets the connection, as the effect of that name does.
 */
export const limit: Effect = {
  kind: 'limit',
  text: [
    'lets exactly `bytes` pass in each direction, `then`: `end` (receives answer `eof`; sending is shut down,',
    'the next send is WSAESHUTDOWN) or `reset` (the next call there does it)',
  ].join(' '),
  schema,
  countsBytes: true,
  sockets: STREAMS,
  fitsOperation: (op) => directionOf(op) !== undefined,
  part: () => 'shapes',
  before(on, { bytes, then }: Given, rule) {
    const { op, call, socket } = on;
    const direction = directionOf(op);
    if (!socket || !direction) return undefined;
    const left = bytes - rule.bytes.of(socket.passed, direction);
    if (left > 0) {
      call.writableFaults.mostBytes = Math.min(call.faults.mostBytes, left);
      return undefined;
    }
    if (then === 'end') {
      endDirection(socket, direction);
      return undefined;
    }
    return socket.state === 'connected' ? reset.before?.(on, {}, rule) : undefined;
  },
  after({ op, call, socket }, answer, { bytes, then }: Given, rule) {
    const direction = directionOf(op);
    if (!socket || !direction || then !== 'end') return answer;
    if (answer.ok && !('eof' in answer.value && answer.value.eof === true)) {
      // At once, not at the next call: select and network events show it, too.
      if (rule.bytes.of(socket.passed, direction) >= bytes) endDirection(socket, direction);
      return answer;
    }
    const invention = { faultId: rule.id, effect: 'limit' };
    if (answer.ok && socket.inbound.isCut) call.writableFaults.invention = invention;
    if (answer.ok || direction === 'recv' || isRefusal(answer)) return answer;
    if (!failedWith(answer, 'WSAESHUTDOWN')) return answer;
    const detail = `fault ${rule.id} has ended the sending after ${bytes} bytes.`;
    return caused(call, invention, { ...answer, detail });
  },
};

const endDirection = (socket: Socket, direction: Direction): void => {
  if (direction === 'recv') socket.inbound.cut();
  // It fails if the connection is lost: then there is nothing to end.
  else if (!socket.underlying.sendShutdown) socket.shutdown('SD_SEND');
};
