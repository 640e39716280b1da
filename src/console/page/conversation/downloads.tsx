import type { SocketInfo } from '../../model/types.js';
import { useLink } from '../link-context.js';
import { ConversationCode } from './conversation-code.js';

/** The exports of the daemon for one socket. */
const EXPORTS = [
  { file: 'journal.pcapng', label: 'pcapng for Wireshark' },
  { file: 'journal.py', label: 'Python that repeats it' },
  { file: 'journal.ndjson', label: 'journal as JSON lines' },
] as const;

/** The conversation as files: what the daemon exports of each socket, and the calls as steps. */
export const Downloads = ({ sockets }: { sockets: readonly SocketInfo[] }) => {
  const link = useLink();
  return (
    <section class="panel" aria-labelledby="downloads">
      <h2 id="downloads">Files and code</h2>
      {sockets.map(({ socketId }) => (
        <div class="actions" key={socketId}>
          <span class="muted">Socket …{socketId.slice(-5)}:</span>
          {EXPORTS.map(({ file, label }) => (
            <button
              key={file}
              type="button"
              aria-label={`${label}, of socket ${socketId.slice(-5)}`}
              onClick={() => link.download(`/v1/sockets/${socketId}/${file}`, `${socketId}-${file}`)}
            >
              {label}
            </button>
          ))}
        </div>
      ))}
      <ConversationCode sockets={sockets} />
    </section>
  );
};
