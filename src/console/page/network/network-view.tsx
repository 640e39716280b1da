import { useState } from 'preact/hooks';
import type { Problem } from '../../model/types.js';
import { useLink } from '../link-context.js';
import { ShortId } from '../parts/short-id.js';
import { FaultsPanel } from './faults-panel.js';
import { LabPanel } from './lab-panel.js';
import { RelaysPanel } from './relays-panel.js';
import './network.css';
import { fragmentOf } from '../place.js';

/** The link and the clock of the lab, the faults and the relays of a session. */
export const NetworkView = ({ sessionId }: { sessionId: string | undefined }) =>
  sessionId === undefined ? <ChooseSession /> : <SessionNetwork key={sessionId} sessionId={sessionId} />;

const ChooseSession = () => {
  const link = useLink();
  link.version.value;
  const live = [...link.rig.value.sessions.values()].filter(({ ended }) => ended === undefined).reverse();
  return (
    <>
      <h1>Network and faults</h1>
      {live.length === 0 ? (
        <section class="empty">
          <p>There is no session whose network could be changed.</p>
          <p>
            Begin one on the <a href={fragmentOf({ view: 'rig' })}>rig</a>: press <em>New session</em>.
          </p>
        </section>
      ) : (
        <section class="panel" aria-label="Sessions">
          <p>Choose the session whose network, clock and faults you want to change.</p>
          <ul class="network-sessions">
            {live.map(({ info }) => (
              <li key={info.sessionId}>
                <a href={fragmentOf({ view: 'network', sessionId: info.sessionId })}>
                  Session <ShortId id={info.sessionId} />
                </a>{' '}
                <span class="muted">
                  Winsock {info.version}
                  {info.labNetwork !== undefined && `, lab network ${info.labNetwork}`}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
};

const SessionNetwork = ({ sessionId }: { sessionId: string }) => {
  const link = useLink();
  link.version.value;
  const session = link.rig.value.sessions.get(sessionId);
  const [said, setSaid] = useState<string | Problem>('');
  return (
    <>
      <div class="view-head">
        <h1>
          Network and faults of session <ShortId id={sessionId} />
        </h1>
        <span class="spacer" />
        <a href={fragmentOf({ view: 'network' })}>Another session</a>
      </div>
      <Said said={said} />
      {session === undefined || session.ended !== undefined ? (
        <section class="empty">
          <p>
            {session === undefined ? 'There is no such session.' : `The session has ended: ${session.ended}.`}{' '}
            Its network and its faults are gone with it.
          </p>
          <p>
            <a href={fragmentOf({ view: 'network' })}>Choose another session</a>, or begin one on the{' '}
            <a href={fragmentOf({ view: 'rig' })}>rig</a>.
          </p>
        </section>
      ) : (
        <>
          <LabPanel session={session} say={setSaid} />
          <FaultsPanel session={session} say={setSaid} />
          <RelaysPanel session={session} say={setSaid} />
        </>
      )}
    </>
  );
};

/** What was done last. It always stands in the page, so that readers of screens hear its changes. */
const Said = ({ said }: { said: string | Problem }) => (
  <p class="network-said" role="status">
    {typeof said === 'string' ? (
      said
    ) : (
      <span class="wrong">
        {said.title}: {said.detail}
      </span>
    )}
  </p>
);
