import { useCallback, useState } from 'preact/hooks';
import type { Tally } from '../../model/rig.js';
import type { SocketInfo } from '../../model/types.js';
import { useLink } from '../link-context.js';
import { addressText } from '../parts/address-text.js';
import { Flags } from '../parts/flags.js';
import { memo } from '../parts/memo.js';
import { Paging } from '../parts/paging.js';
import { ProblemLink } from '../parts/problem-link.js';
import { ShortId } from '../parts/short-id.js';
import { usePage } from '../parts/use-page.js';
import { fragmentOf, go, MOST_SIDE_BY_SIDE } from '../place.js';
import { RowCalls } from './row-calls.js';

/**
 * The sockets of a session, as they are now.
 *
 * @param size how many are shown at once
 * @param describedBy the id of the element that tells the session from others
 */
export const SocketTable = ({
  sessionId,
  withClosed,
  size,
  describedBy,
}: {
  sessionId: string;
  withClosed: boolean;
  size: number;
  describedBy: string;
}) => {
  const link = useLink();
  link.version.value;
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const rig = link.rig.value;
  const choose = useCallback((socketId: string, isChosen: boolean): void => {
    setChosen((before) => {
      const next = new Set(before);
      if (isChosen) next.add(socketId);
      else next.delete(socketId);
      return next;
    });
  }, []);
  const sockets = rig.socketsOf(sessionId).filter(({ state }) => withClosed || state !== 'closed');
  const page = usePage(sockets.length, size);
  if (sockets.length === 0) return <p class="muted none">It has no sockets.</p>;
  const ids = sockets.map(({ socketId }) => socketId).filter((id) => chosen.has(id));
  return (
    <>
      <div class="wide">
        <table class="sockets" aria-describedby={describedBy}>
          <caption class="hidden">Sockets of the session</caption>
          <thead>
            <tr>
              <th scope="col">
                <span class="hidden">In the conversation</span>
              </th>
              <th scope="col">Socket</th>
              <th scope="col">State</th>
              <th scope="col">Provider</th>
              <th scope="col">Local, remote</th>
              <th scope="col" class="number">
                Sent
              </th>
              <th scope="col" class="number">
                Received
              </th>
              <th scope="col">Last error</th>
              <th scope="col">
                <span class="hidden">Calls</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {sockets.slice(page.from, page.from + size).map((socket) => (
              <SocketRow
                key={socket.socketId}
                socket={socket}
                tally={rig.tallyOf(socket.socketId)}
                isChosen={chosen.has(socket.socketId)}
                onChoose={choose}
              />
            ))}
          </tbody>
        </table>
      </div>
      <div class="actions">
        <Paging of="sockets" page={page} />
        <span class="spacer" />
        <button
          type="button"
          aria-describedby={describedBy}
          disabled={ids.length === 0}
          onClick={() => go({ view: 'conversation', socketIds: ids })}
        >
          Conversation of the chosen sockets
        </button>
        <button
          type="button"
          aria-describedby={describedBy}
          onClick={() =>
            go({
              view: 'conversation',
              socketIds: sockets.slice(0, MOST_SIDE_BY_SIDE).map(({ socketId }) => socketId),
            })
          }
        >
          {sockets.length > MOST_SIDE_BY_SIDE ? `Of the first ${MOST_SIDE_BY_SIDE}` : 'Of all'}
        </button>
      </div>
    </>
  );
};

interface SocketRowProps {
  readonly socket: SocketInfo;
  readonly tally: Tally;
  readonly isChosen: boolean;
  readonly onChoose: (socketId: string, isChosen: boolean) => void;
}

const SocketRow = memo(({ socket, tally, isChosen, onChoose }: SocketRowProps) => {
  const { socketId, state, provider, type } = socket;
  const { bytesSent, bytesReceived, lastError } = tally;
  return (
    <tr>
      <td>
        <input
          type="checkbox"
          aria-label={`Socket ${socketId.slice(-5)} in the conversation`}
          checked={isChosen}
          onChange={({ currentTarget }) => onChoose(socketId, currentTarget.checked)}
        />
      </td>
      <th scope="row">
        <a href={fragmentOf({ view: 'socket', socketId })}>
          <ShortId id={socketId} />
        </a>{' '}
        <span class="muted">{type.replace('SOCK_', '').toLowerCase()}</span>
      </th>
      <td>
        <span class={`state ${state}`}>{state}</span> <Flags socket={socket} />
      </td>
      <td>{provider}</td>
      <td class="address">
        {addressText(socket.localAddress)}
        <br />
        {addressText(socket.remoteAddress)}
      </td>
      <td class="number">{bytesSent.toLocaleString('en')}</td>
      <td class="number">{bytesReceived.toLocaleString('en')}</td>
      <td>{lastError !== undefined && <ProblemLink name={lastError} />}</td>
      <td>
        <RowCalls socket={socket} />
      </td>
    </tr>
  );
});
