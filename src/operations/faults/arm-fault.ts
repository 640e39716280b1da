import Type from 'typebox';
import { invalid } from '../../daemon/answers/refusals.js';
import { ok } from '../../winsock/outcome.js';
import { ownOperation } from '../operation.js';
import { component, socketIdSchema } from '../schemas/schemas.js';
import { armRule, faultInfo, overFaultQuota } from './fault-rules.js';
import { FaultInfoSchema, faultProperties } from './fault-schemas.js';
import { readFault } from './read-fault.js';

export const armFault = ownOperation({
  name: 'armFault',
  summary: 'Make calls fail, wait, move bytes slowly or lose their connection',
  description: [
    'Arms a rule for the session, or with `socketId` for one socket of it; startup and socket also take',
    'rules, in `faults`. `{"operation": "send", "nth": 3, "effect": "fail", "code": "WSAENETDOWN"}` fails',
    'the third send. From its arming on, every rule counts its matching calls (`calls`), whatever other',
    'rules do to them, and with `probability` draws for each. Several rules that hit one call act in the',
    'order of arming; all act together, but of `fail`, `reset` and `drop` only the first, which decides the',
    'answer. `hits`, and with it `times`, counts the calls on which the rule acted: not those that another',
    'rule decided, that were not made, or that ended before. Same rules, same calls, same order: same hits.',
    'With `afterBytes` it does not matter how calls and network cut the bytes.',
    '',
    '`bandwidth` and `latency` hold bytes back, and select, poll, network events and FIONREAD',
    'agree. They begin when the rule is armed or the socket made, with nth, every, probability, afterBytes or',
    'times at the first hit, and end with the rule. At most 16 at once hold back a direction of a socket, and',
    'one `latency` datagrams: further ones do not act.',
    '',
    'An answer that a fault caused is a problem document with the member `fault`; the header',
    '`Winsockd-Fault` names all faults that acted on a call (the first 16). Only `reset`, `limit` and',
    '`slowClose` reach the native socket. A rule of a session acts where its effect can: `drop` on datagram',
    'sockets of the lab, `slice`, `limit`, `reset` and `slowClose` on streams, the last two while connected.',
    'The limits of a call (`timeoutMs`, the wait limit of the daemon) also end what a fault lets it wait for.',
  ].join('\n'),
  scope: 'session',
  params: component(
    'ArmFaultRequest',
    'A fault, for one socket or, without `socketId`, for all calls of the session.',
    { socketId: Type.Optional(socketIdSchema), ...faultProperties },
  ),
  result: FaultInfoSchema,
  example: { params: { operation: 'send', nth: 3, effect: 'reset' } },
  effect: 'change',
  affects: 'all',
  rest: { path: '/sessions/{sessionId}/faults' },
  run(session, params, call, daemon) {
    const { socketId } = params;
    const socket = daemon.sockets.of(session).find(({ id }) => id === socketId);
    if (socketId !== undefined && !socket) return invalid(['socketId'], 'is no socket of this session');
    const spec = readFault(daemon, params, [], socket);
    if (!spec.ok) return spec;
    const overQuota = overFaultQuota(daemon, session, 1);
    if (overQuota) return overQuota;
    const rule = armRule(daemon, session, spec.value);
    call.onUndelivered(() => session.faults.remove(rule.id));
    return ok(faultInfo(daemon, session, rule));
  },
  created: ({ faultId }) => ({ kind: 'fault', id: faultId }),
  journal: ({ faultId }) => ({ armed: faultId === undefined ? undefined : [faultId] }),
});
