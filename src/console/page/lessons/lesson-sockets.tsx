import { useLink } from '../link-context.js';
import { addressText } from '../parts/address-text.js';
import { Flags } from '../parts/flags.js';
import { fragmentOf } from '../place.js';

/**
 * The sockets of a lesson as they are now, by their names.
 *
 * @param names the names of the session and of the sockets, by their ids
 */
export const LessonSockets = ({ names }: { names: ReadonlyMap<string, string> }) => {
  const link = useLink();
  link.version.value;
  const sockets = [...names.keys()].flatMap((id) => link.rig.value.sockets.get(id) ?? []);
  return (
    <section class="panel lesson-sockets" aria-labelledby="lesson-sockets">
      <div class="panel-head">
        <h2 id="lesson-sockets">Sockets of this lesson</h2>
        <span class="spacer" />
        {sockets.length > 0 && (
          <a href={fragmentOf({ view: 'conversation', socketIds: sockets.map(({ socketId }) => socketId) })}>
            Conversation
          </a>
        )}
      </div>
      {sockets.length === 0 ? (
        <p class="muted">There are none yet.</p>
      ) : (
        <div class="wide">
          <table>
            <thead>
              <tr>
                <th scope="col">Socket</th>
                <th scope="col">State</th>
                <th scope="col">Local, remote</th>
              </tr>
            </thead>
            <tbody>
              {sockets.map((socket) => (
                <tr key={socket.socketId}>
                  <th scope="row">
                    <a href={fragmentOf({ view: 'socket', socketId: socket.socketId })}>
                      {names.get(socket.socketId)}
                    </a>
                  </th>
                  <td>
                    <span class={`state ${socket.state}`}>{socket.state}</span>
                    <Flags socket={socket} />
                  </td>
                  <td class="address">
                    {addressText(socket.localAddress)}
                    <br />
                    {addressText(socket.remoteAddress)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
};
