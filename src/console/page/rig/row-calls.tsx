import type { SocketInfo } from '../../model/types.js';
import type { DaemonLink } from '../connection/daemon-link.js';
import { useLink } from '../link-context.js';

/** The calls that end a socket, in its row of the table. */
export const RowCalls = ({ socket: { socketId, state, type } }: { socket: SocketInfo }) => {
  const link = useLink();
  if (state === 'closed') return null;
  const description = `${socketId}-ends`;
  return (
    <span class="row-actions">
      {/* The buttons of all rows have the same names: this tells screen readers which socket it is. */}
      <span class="hidden" id={description}>
        Socket {socketId.slice(-5)}
      </span>
      <button type="button" aria-describedby={description} onClick={() => link.call('close', { socketId })}>
        Close
      </button>
      {type === 'SOCK_STREAM' && state === 'connected' && (
        <button
          type="button"
          class="danger"
          aria-describedby={description}
          onClick={() => abort(link, socketId)}
        >
          Abort
        </button>
      )}
    </span>
  );
};

/**
 * An abortive close, as in Winsock: a linger time of zero, then close. The peer sees a reset.
 * Without the linger time the close would be a graceful one, which nobody asked for: so it is not made.
 */
const abort = async (link: DaemonLink, socketId: string): Promise<void> => {
  const linger = { level: 'SOL_SOCKET', name: 'SO_LINGER', value: { linger: { onoff: true, linger: 0 } } };
  const { ok } = await link.call('setSockOpt', { socketId, ...linger });
  if (ok) await link.call('close', { socketId });
};
