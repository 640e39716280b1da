import type { SocketInfo } from '../../model/types.js';
import { useLink } from '../link-context.js';
import { addressText } from '../parts/address-text.js';
import { fragmentOf, go, MOST_SIDE_BY_SIDE } from '../place.js';

/** The sockets of the conversation; others can be added, above all the other ends of their connections. */
export const Participants = ({ chosen }: { chosen: readonly SocketInfo[] }) => {
  const { sockets } = useLink().rig.value;
  const ids = chosen.map(({ socketId }) => socketId);
  const others = [...sockets.values()].filter(({ socketId }) => !ids.includes(socketId)).reverse();
  const ends = chosen.map(endOf);
  const peers = others.filter((other) => {
    const end = endOf(other);
    return ends.some((one) => areOneConnection(one, end));
  });
  const show = (socketIds: readonly string[]): void => go({ view: 'conversation', socketIds });
  return (
    <>
      {chosen.map((socket) => (
        <span class="tag" key={socket.socketId}>
          <a href={fragmentOf({ view: 'socket', socketId: socket.socketId })}>{nameOf(socket)}</a>{' '}
          <button
            type="button"
            class="conversation-remove"
            aria-label={`Leave ${nameOf(socket)} out`}
            onClick={() => show(ids.filter((id) => id !== socket.socketId))}
          >
            ×
          </button>
        </span>
      ))}
      {peers.length > 0 && ids.length < MOST_SIDE_BY_SIDE && (
        <button
          type="button"
          onClick={() => show([...ids, ...peers.map(({ socketId }) => socketId)].slice(0, MOST_SIDE_BY_SIDE))}
        >
          Add the other ends
        </button>
      )}
      {others.length > 0 && ids.length < MOST_SIDE_BY_SIDE && (
        <select
          aria-label="Add a socket to the conversation"
          value=""
          onChange={({ currentTarget }) => {
            if (currentTarget.value !== '') show([...ids, currentTarget.value]);
          }}
        >
          <option value="">Add a socket …</option>
          {others.slice(0, 200).map((socket) => (
            <option key={socket.socketId} value={socket.socketId}>
              {nameOf(socket)} {socket.state}
            </option>
          ))}
        </select>
      )}
    </>
  );
};

const nameOf = (socket: SocketInfo): string =>
  `…${socket.socketId.slice(-5)} ${addressText(socket.localAddress)}`.trim();

/** What tells an end of a connection: the kind of its socket and its addresses as texts. */
interface End {
  readonly kind: string;
  readonly local: string;
  readonly remote: string;
  readonly isListener: boolean;
}

const endOf = ({ provider, type, state, localAddress, remoteAddress }: SocketInfo): End => ({
  kind: `${provider} ${type}`,
  local: addressText(localAddress),
  remote: addressText(remoteAddress),
  isListener: state === 'listening',
});

/** Whether two sockets are the two ends of a connection, or the listener that it came through. */
const areOneConnection = (a: End, b: End): boolean => {
  if (a.kind !== b.kind) return false;
  const isPeer = a.local !== '' && b.local !== '' && a.local === b.remote && b.local === a.remote;
  const isListener = (a.remote !== '' && a.remote === b.local) || (b.remote !== '' && b.remote === a.local);
  const isDoor = a.local !== '' && a.local === b.local && a.isListener !== b.isListener;
  return isPeer || isListener || isDoor;
};
