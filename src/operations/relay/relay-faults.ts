import type { Answer } from '../../daemon/answers/answer.js';
import { invalid } from '../../daemon/answers/refusals.js';
import type { Daemon } from '../../daemon/daemon.js';
import type { CallAction, FaultSpec, RelayEnd } from '../../daemon/faults/fault-rule.js';
import type { ArmRules } from '../../daemon/relays/relay.js';
import type { Session } from '../../daemon/sessions/session.js';
import { ok } from '../../winsock/outcome.js';
import type { ProviderName } from '../../winsock/protocol-info.js';
import { armRule } from '../faults/fault-rules.js';
import type { GivenRelayFault } from '../faults/fault-schemas.js';
import { faultableNamed } from '../faults/faultable.js';
import { readFault } from '../faults/read-fault.js';

/** Calls that nobody makes on the sockets of an end while they belong to a relay. */
const NEVER: Readonly<Record<RelayEnd, readonly CallAction[]>> = {
  client: ['binds', 'listens', 'accepts', 'connects'],
  upstream: ['binds', 'listens', 'accepts'],
};

/**
 * Reads the rules of a relay; the first wrong one refuses the list.
 *
 * @param providers those of the sockets of each end
 * @returns a function that arms them
 */
export const readRelayFaults = (
  daemon: Daemon,
  session: Session,
  given: readonly GivenRelayFault[],
  providers: Readonly<Record<RelayEnd, ProviderName>>,
): Answer<ArmRules> => {
  const specs: { spec: FaultSpec; end: RelayEnd; nthConnection?: number }[] = [];
  for (const [i, fault] of given.entries()) {
    const { end, nthConnection, operation } = fault;
    const spec = readFault(daemon, fault, ['faults', i], { isStream: true, providerName: providers[end] });
    if (!spec.ok) return spec;
    const does = operation === undefined ? undefined : faultableNamed(operation)?.does;
    if (does && NEVER[end].includes(does)) {
      return invalid(['faults', i, 'operation'], `is never called on the ${end} end of a relay`);
    }
    specs.push({ spec: spec.value, end, ...(nthConnection !== undefined && { nthConnection }) });
  }
  return ok((relayId) =>
    specs.map(({ spec, ...which }) => armRule(daemon, session, { ...spec, relay: { relayId, ...which } })),
  );
};
