import Type from 'typebox';
import { ok } from '../../winsock/outcome.js';
import { overFaultQuota, restoreRule } from '../faults/fault-rules.js';
import { ownOperation } from '../operation.js';
import { RELAY_ID } from '../schemas/examples.js';
import { component } from '../schemas/schemas.js';
import { readRelayFaults } from './relay-faults.js';
import {
  noSuchRelay,
  RelayInfoSchema,
  relayFaultsParameter,
  relayIdParameter,
  relayInfo,
} from './relay-schemas.js';

export const updateRelay = ownOperation({
  name: 'updateRelay',
  summary: 'Pause a relay, let it go on, or replace its faults',
  description: [
    'Members left out stay as they are. While it is paused, new connections wait in the queue of the',
    'listener; open pairs go on. `faults` replaces all rules of the relay, also for its open pairs. If the',
    'answer cannot be delivered, the relay is as before: its rules are armed again, with their counters.',
  ].join('\n'),
  scope: 'session',
  params: component('UpdateRelayRequest', 'What to change.', {
    ...relayIdParameter,
    paused: Type.Optional(Type.Boolean({ description: 'Whether it accepts no connections for now.' })),
    faults: relayFaultsParameter,
  }),
  result: RelayInfoSchema,
  example: { params: { relayId: RELAY_ID, paused: true } },
  effect: 'change',
  givesBack: true,
  rest: { path: '/sessions/{sessionId}/relays/{relayId}' },
  run(session, { relayId, paused, faults }, call, daemon) {
    const relay = daemon.relays.find(session, relayId);
    if (!relay) return noSuchRelay;
    if (faults) {
      const providers = { client: relay.listener.providerName, upstream: relay.settings.provider };
      const rules = readRelayFaults(daemon, session, faults, providers);
      if (!rules.ok) return rules;
      const overQuota = overFaultQuota(daemon, session, faults.length, relay.faultIds);
      if (overQuota) return overQuota;
      const { replaced, isCurrent } = relay.arm(rules.value);
      call.onUndelivered(() => {
        if (!isCurrent()) return;
        relay.arm(() => replaced);
        for (const rule of replaced) restoreRule(daemon, session, rule);
      });
    }
    if (paused !== undefined) {
      const wasPaused = relay.state === 'paused';
      relay.pause(paused);
      call.onUndelivered(() => relay.pause(wasPaused));
    }
    return ok(relayInfo(relay));
  },
  journal: ({ faultIds }, { faults }) => ({ armed: faults && faultIds?.length ? faultIds : undefined }),
});
