import type { RecordedCall } from '../../model/types.js';
import { useLink } from '../link-context.js';
import { Paging } from '../parts/paging.js';
import { ProblemLink } from '../parts/problem-link.js';
import { usePage } from '../parts/use-page.js';

/** How many calls are shown at once. */
const SHOWN = 20;

/** The calls of a socket, the newest first. */
export const SocketHistory = ({ socketId }: { socketId: string }) => {
  const link = useLink();
  link.version.value;
  const calls = link.rig.value
    .callsOf(new Set([socketId]))
    .filter(({ entry }) => entry.socketId === socketId || entry.createdSocketId === socketId)
    .reverse();
  const page = usePage(calls.length, SHOWN);
  return (
    <section class="panel" aria-labelledby="history">
      <h2 id="history">What happened</h2>
      {calls.length === 0 ? (
        <p class="muted">Nothing that the journal still has.</p>
      ) : (
        <div class="wide">
          <table>
            <thead>
              <tr>
                <th scope="col">Time</th>
                <th scope="col">Call</th>
                <th scope="col">Outcome</th>
                <th scope="col" class="number">
                  Bytes
                </th>
                <th scope="col">State</th>
                <th scope="col" class="number">
                  Waited
                </th>
              </tr>
            </thead>
            <tbody>
              {calls.slice(page.from, page.from + SHOWN).map((call) => (
                <HistoryRow key={`${call.sessionId}${call.entry.sequence}`} call={call} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Paging of="calls" page={page} />
    </section>
  );
};

const HistoryRow = ({ call: { entry, endMs } }: { call: RecordedCall }) => {
  const { operation, outcome, name, refusal, bytesSent, bytesReceived, eof } = entry;
  const { stateBefore, stateAfter, waitUs } = entry;
  const error = name ?? refusal;
  return (
    <tr>
      <td>{new Date(endMs).toLocaleTimeString('en-GB')}</td>
      <th scope="row">{operation}</th>
      <td>
        {error === undefined ? <span class="ok">{outcome}</span> : <ProblemLink name={error} />}
        {eof === true && ' end of the stream'}
        {entry.invented !== undefined && ' by a fault'}
        {entry.undelivered === true && ' not delivered'}
      </td>
      <td class="number">{(bytesSent ?? bytesReceived)?.toLocaleString('en')}</td>
      <td>{stateBefore === stateAfter ? stateAfter : `${stateBefore ?? ''} → ${stateAfter ?? ''}`}</td>
      <td class="number">{waitUs < 1000 ? '' : `${Math.round(waitUs / 1000).toLocaleString('en')} ms`}</td>
    </tr>
  );
};
