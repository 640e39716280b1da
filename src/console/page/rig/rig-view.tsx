import { useState } from 'preact/hooks';
import { useLink } from '../link-context.js';
import { Paging } from '../parts/paging.js';
import { usePage } from '../parts/use-page.js';
import { fragmentOf } from '../place.js';
import { SessionSection } from './session-section.js';

/** The lease of a session of a person, who may reload the page or leave it for a while: an hour, if allowed. */
const LEASE_SECONDS = 3600;

const leaseFor = ({ status }: ReturnType<typeof useLink>): number => {
  const now = status.value;
  return now.kind === 'open' ? Math.min(LEASE_SECONDS, now.about.limits.maxLeaseSeconds) : LEASE_SECONDS;
};

/** How many sessions are shown at once. */
const SESSIONS_SHOWN = 10;

/** How many sockets of each session are shown at once: fewer if there are many sessions, to have the page quick. */
const socketsShown = (sessions: number): number => (sessions > 2 ? 10 : 25);

/** All sessions of the owner with their sockets, as they are now. */
export const RigView = () => {
  const link = useLink();
  // Read for its change: the rig has changed.
  link.version.value;
  const rig = link.rig.value;
  const [withEnded, setWithEnded] = useState(false);
  const all = [...rig.sessions.values()];
  const sessions = (withEnded ? all : all.filter(({ ended }) => ended === undefined)).reverse();
  const page = usePage(sessions.length, SESSIONS_SHOWN);
  const sockets = [...rig.sockets.values()].filter(({ state }) => state !== 'closed').length;
  return (
    <>
      <div class="view-head">
        <h1>Rig</h1>
        <p class="muted">
          {counted(all.filter(({ ended }) => ended === undefined).length, 'session')},{' '}
          {counted(sockets, 'open socket')}
        </p>
        <span class="spacer" />
        <label class="check">
          <input
            type="checkbox"
            checked={withEnded}
            onChange={({ currentTarget }) => setWithEnded(currentTarget.checked)}
          />
          show what has ended
        </label>
        <button
          type="button"
          class="primary"
          onClick={() => link.call('startup', { version: '2.2', leaseSeconds: leaseFor(link) })}
        >
          New session
        </button>
      </div>
      {sessions.length === 0 && <NoSessions />}
      {sessions.slice(page.from, page.from + page.size).map((session) => (
        <SessionSection
          key={session.info.sessionId}
          session={session}
          withEnded={withEnded}
          socketsShown={socketsShown(sessions.length)}
        />
      ))}
      <Paging of="sessions" page={page} />
    </>
  );
};

const NoSessions = () => (
  <section class="empty">
    <p>There is no session yet. A session stands for a Winsock process: it begins with WSAStartup.</p>
    <p>
      Press <em>New session</em>, then <em>New socket</em> in it; or begin with the{' '}
      <a href={fragmentOf({ view: 'lesson', id: 'first-conversation' })}>first lesson</a>.
    </p>
  </section>
);

/** A number with its noun. */
export const counted = (n: number, noun: string): string =>
  `${n.toLocaleString('en')} ${noun}${n === 1 ? '' : 's'}`;
