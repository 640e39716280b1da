import { useRef } from 'preact/hooks';
import { faultScope, faultText } from '../../model/fault-text.js';
import type { RigSession } from '../../model/rig.js';
import type { FaultInfo } from '../../model/types.js';
import { useLink } from '../link-context.js';
import { Paging } from '../parts/paging.js';
import { usePage } from '../parts/use-page.js';
import { fragmentOf } from '../place.js';
import { ArmFault } from './arm-fault.js';
import type { Say } from './say.js';
import { useLooked } from './use-looked.js';

/** How many faults are shown at once. */
const SHOWN = 25;

/** The faults of a session with their counters, and the way to arm one. */
export const FaultsPanel = ({ session, say }: { session: RigSession; say: Say }) => {
  const link = useLink();
  // The session has a later last call: without it, equal props would draw nothing.
  link.version.value;
  const { sessionId } = session.info;
  const { value, problem } = useLooked<{ faults: FaultInfo[] }>(
    `/v1/sessions/${sessionId}/faults`,
    session.lastSequence,
  );
  const heading = useRef<HTMLHeadingElement>(null);
  const faults = value?.faults ?? [];
  const page = usePage(faults.length, SHOWN);

  const remove = async ({ faultId, ...rule }: FaultInfo): Promise<void> => {
    const outcome = await link.call('removeFault', { sessionId, faultId });
    say(outcome.ok ? `Removed ${faultId}: ${faultText(rule)}.` : outcome.problem);
    // The button that was pressed goes with its row.
    if (outcome.ok) heading.current?.focus();
  };
  const reset = async (): Promise<void> => {
    const outcome = await link.call('resetSession', { sessionId });
    if (!outcome.ok) {
      say(outcome.problem);
      return;
    }
    say(`Removed all faults (${outcome.result.faults}) and ended all relays (${outcome.result.relays}).`);
  };
  return (
    <section class="panel" aria-labelledby="network-faults">
      <div class="panel-head">
        <h2 id="network-faults" tabIndex={-1} ref={heading}>
          Faults
        </h2>
        <span class="spacer" />
        <button
          type="button"
          class="danger"
          title="It also ends the relays of the session and their connections."
          onClick={reset}
        >
          Remove all faults and relays
        </button>
      </div>
      <ArmFault sessionId={sessionId} say={say} />
      {problem !== undefined && (
        <p class="wrong">
          {problem.title}: {problem.detail}
        </p>
      )}
      {value !== undefined && faults.length === 0 && (
        <p class="muted">
          No fault is armed: calls end as the network lets them. Press <em>Arm a fault</em> to change that.
        </p>
      )}
      {faults.length > 0 && (
        <FaultTable faults={faults.slice(page.from, page.from + SHOWN)} onRemove={remove} />
      )}
      <Paging of="faults" page={page} />
    </section>
  );
};

const FaultTable = ({
  faults,
  onRemove,
}: {
  faults: readonly FaultInfo[];
  onRemove: (fault: FaultInfo) => void;
}) => (
  <div class="wide">
    <table class="network-faults">
      <caption class="hidden">Armed faults</caption>
      <thead>
        <tr>
          <th scope="col">Fault</th>
          <th scope="col">What it does</th>
          <th scope="col">Where</th>
          <th scope="col" class="number" title="Calls that matched the rule">
            Calls
          </th>
          <th scope="col" class="number" title="Calls that it has changed">
            Hits
          </th>
          <th scope="col">
            <span class="hidden">Remove</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {faults.map((fault) => (
          <tr key={fault.faultId}>
            <th scope="row">
              <code>{fault.faultId}</code>
            </th>
            <td class="network-what">
              {faultText(fault)}. {fault.spent && <span class="tag">spent: it hits no more</span>}
            </td>
            <td>
              {fault.socketId === undefined ? (
                faultScope(fault)
              ) : (
                <a href={fragmentOf({ view: 'socket', socketId: fault.socketId })}>{faultScope(fault)}</a>
              )}
            </td>
            <td class="number">{fault.calls.toLocaleString('en')}</td>
            <td class="number">{fault.hits.toLocaleString('en')}</td>
            <td>
              <button type="button" aria-label={`Remove ${fault.faultId}`} onClick={() => onRemove(fault)}>
                Remove
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);
