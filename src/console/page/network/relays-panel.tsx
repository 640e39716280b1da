import type { RigSession } from '../../model/rig.js';
import type { RelayInfo } from '../../model/types.js';
import { useLink } from '../link-context.js';
import { addressText } from '../parts/address-text.js';
import { ShortId } from '../parts/short-id.js';
import { fragmentOf } from '../place.js';
import type { Say } from './say.js';
import { useLooked } from './use-looked.js';

/** The relays of a session, if it has any. */
export const RelaysPanel = ({ session, say }: { session: RigSession; say: Say }) => {
  const link = useLink();
  // The session has a later last call: without it, equal props would draw nothing.
  link.version.value;
  const { sessionId } = session.info;
  const { value } = useLooked<{ relays: RelayInfo[] }>(
    `/v1/sessions/${sessionId}/relays`,
    session.lastSequence,
  );
  const relays = value?.relays ?? [];
  if (relays.length === 0) return null;
  const end = async ({ relayId }: RelayInfo): Promise<void> => {
    const outcome = await link.call('endRelay', { sessionId, relayId });
    say(outcome.ok ? `Ended the relay …${relayId.slice(-5)}.` : outcome.problem);
  };
  return (
    <section class="panel" aria-labelledby="network-relays">
      <h2 id="network-relays">Relays</h2>
      <ul class="network-relays">
        {relays.map((relay) => (
          <li key={relay.relayId} class="row">
            <ShortId id={relay.relayId} />
            <span class="tag">{relay.state}</span>
            <span>
              from <a href={fragmentOf({ view: 'socket', socketId: relay.socketId })}>its listener</a> to{' '}
              <span class="address">{addressText(relay.upstream)}</span>
            </span>
            <span class="muted">
              {relay.openPairs} open, {relay.accepted - relay.openPairs} ended connections
            </span>
            <button
              type="button"
              class="danger"
              aria-label={`End the relay …${relay.relayId.slice(-5)}`}
              onClick={() => end(relay)}
            >
              End
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
};
