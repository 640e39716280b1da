import type { RigSession } from '../../model/rig.js';
import { ClockControls } from './clock-controls.js';
import { LinkControls } from './link-controls.js';
import type { Say } from './say.js';
import { useLab } from './use-lab.js';

/** The lab network of a session: its link and its clock. */
export const LabPanel = ({ session: { info }, say }: { session: RigSession; say: Say }) => {
  const ofSession = useLab(info.sessionId);
  const { problem } = ofSession;
  return (
    <section class="panel" aria-labelledby="network-lab">
      <h2 id="network-lab">Lab network{info.labNetwork !== undefined && ` ${info.labNetwork}`}</h2>
      <p class="muted">
        What sockets of the provider <code>lab</code> send passes this link; other sockets use the network of
        the system.
        {info.labNetwork !== undefined && ' Sessions that name the same lab network share it.'}
      </p>
      {problem === undefined ? (
        <div class="network-lab">
          <LinkControls ofSession={ofSession} say={say} />
          <ClockControls ofSession={ofSession} say={say} />
        </div>
      ) : (
        <p class="wrong">
          {problem.title}: {problem.detail}
        </p>
      )}
    </section>
  );
};
