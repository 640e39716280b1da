import { useEffect, useState } from 'preact/hooks';
import type { Problem, SocketInfo } from '../../model/types.js';
import { CallForm } from '../call-form/call-form.js';
import { LookProblem } from '../connection/look.js';
import { useLink } from '../link-context.js';
import { CopyButton } from '../parts/copy-button.js';
import { ErrorCard } from '../parts/error-card.js';
import { ShortId } from '../parts/short-id.js';
import { CallButtons } from './call-buttons.js';
import { SocketFacts } from './socket-facts.js';
import { SocketHistory } from './socket-history.js';
import { StateDiagram } from './state-diagram.js';
import './socket.css';
import { fragmentOf } from '../place.js';

/** One socket: its place among the states, its calls, and what happened to it. */
export const SocketView = ({ socketId }: { socketId: string }) => {
  const link = useLink();
  link.version.value;
  const socket = link.rig.value.sockets.get(socketId);
  return socket ? <KnownSocket socket={socket} /> : <UnknownSocket socketId={socketId} />;
};

const KnownSocket = ({ socket }: { socket: SocketInfo }) => {
  const { socketId, sessionId, type, provider } = socket;
  const [operation, setOperation] = useState<string>();
  return (
    <>
      <div class="view-head">
        <h1>
          Socket <ShortId id={socketId} />
        </h1>
        <CopyButton label="Copy the id" text={() => socketId} />
        <span class="muted">
          {type} of {provider}
        </span>
        <span class="spacer" />
        <a class="button" href={fragmentOf({ view: 'conversation', socketIds: [socketId] })}>
          Conversation
        </a>
        <a class="button" href={fragmentOf({ view: 'network', sessionId })}>
          Network and faults
        </a>
      </div>
      <section class="panel" aria-label="State">
        <StateDiagram socket={socket} />
        <SocketFacts socket={socket} />
      </section>
      <section class="panel" aria-labelledby="calls">
        <h2 id="calls">Calls</h2>
        <p class="muted">
          A code on a button is what the call gives in this state. It is allowed all the same: try it.
        </p>
        <CallButtons
          socket={socket}
          open={operation}
          onOpen={(name) => setOperation(name === operation ? undefined : name)}
        />
        {operation !== undefined && (
          <CallForm
            key={operation}
            operation={operation}
            ids={{ socketId }}
            onClose={() => setOperation(undefined)}
          />
        )}
      </section>
      <SocketHistory socketId={socketId} />
    </>
  );
};

/** A socket that the page does not know: the daemon says why. */
const UnknownSocket = ({ socketId }: { socketId: string }) => {
  const link = useLink();
  const [problem, setProblem] = useState<Problem>();
  const isOpen = link.status.value.kind === 'open';
  useEffect(() => {
    if (!isOpen) return;
    link
      .look(`/v1/sockets/${encodeURIComponent(socketId)}`)
      .then(() => link.readAgain())
      .catch((error: unknown) => {
        if (error instanceof LookProblem) setProblem(error.problem);
        // A daemon that does not answer is told of above all views.
        else if (!(error instanceof TypeError)) throw error;
      });
  }, [link, socketId, isOpen]);
  return (
    <>
      <h1>Socket</h1>
      {problem ? (
        <section class="panel" aria-labelledby="gone">
          <h2 id="gone">It is not there</h2>
          <ErrorCard problem={problem} />
        </section>
      ) : (
        <p class="muted">The socket is being looked for …</p>
      )}
      <p>
        <a href={fragmentOf({ view: 'rig' })}>All sockets</a>
      </p>
    </>
  );
};
