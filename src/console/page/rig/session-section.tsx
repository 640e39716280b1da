import { useState } from 'preact/hooks';
import type { RigSession } from '../../model/rig.js';
import { CallForm } from '../call-form/call-form.js';
import { useLink } from '../link-context.js';
import { ShortId } from '../parts/short-id.js';
import { fragmentOf } from '../place.js';
import { Lease } from './lease.js';
import { SocketTable } from './socket-table.js';

/** A session: its state, its calls, and the table of its sockets. */
export const SessionSection = ({
  session,
  withEnded,
  socketsShown,
}: {
  session: RigSession;
  withEnded: boolean;
  socketsShown: number;
}) => {
  const link = useLink();
  link.version.value;
  const { info, ended } = session;
  const { sessionId } = info;
  const [form, setForm] = useState<string>();
  const heading = `session-${sessionId}`;
  return (
    <section class="panel session" aria-labelledby={heading}>
      <div class="panel-head">
        {/* The buttons of all sections have the same names: the heading tells which session they are for. */}
        <h2 id={heading}>
          Session <ShortId id={sessionId} />
        </h2>
        <span class="muted">Winsock {info.version}</span>
        {info.labNetwork !== undefined && <span class="muted">lab network {info.labNetwork}</span>}
        {info.startups === 0 && ended === undefined && <span class="tag bad">not initialised</span>}
        <span class="spacer" />
        {ended === undefined ? (
          <Lease session={session} describedBy={heading} />
        ) : (
          <span class="tag">ended: {ended}</span>
        )}
      </div>
      {ended === undefined && (
        <div class="actions">
          <button
            type="button"
            aria-describedby={heading}
            onClick={() => setForm(form === 'socket' ? undefined : 'socket')}
          >
            New socket
          </button>
          <button
            type="button"
            aria-describedby={heading}
            onClick={() => link.call('startup', { sessionId })}
          >
            startup again
          </button>
          <button
            type="button"
            aria-describedby={heading}
            onClick={() => link.call('cleanup', { sessionId })}
          >
            cleanup
          </button>
          <button
            type="button"
            aria-describedby={heading}
            onClick={() => link.call('getLastError', { sessionId })}
          >
            getLastError
          </button>
          <a class="button" aria-describedby={heading} href={fragmentOf({ view: 'network', sessionId })}>
            Network and faults
          </a>
          <span class="spacer" />
          <button
            type="button"
            class="danger"
            aria-describedby={heading}
            onClick={() => link.call('endSession', { sessionId })}
          >
            End session
          </button>
        </div>
      )}
      {form !== undefined && (
        <CallForm operation={form} ids={{ sessionId }} onClose={() => setForm(undefined)} />
      )}
      <SocketTable sessionId={sessionId} describedBy={heading} withClosed={withEnded} size={socketsShown} />
    </section>
  );
};
