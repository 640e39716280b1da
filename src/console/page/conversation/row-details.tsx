import type { Column, Row } from '../../model/ladder.js';
import { PayloadView } from './payload-view.js';

/** A row of the ladder in full: its call, its parameters, how long it took, and the payload that it moved. */
export const RowDetails = ({ row, columns }: { row: Row; columns: readonly Column[] }) => {
  const { entry } = row;
  const moved = entry?.bytesSent ?? entry?.bytesReceived ?? 0;
  const where = row.column === undefined ? 'the session' : columns[row.column]?.label;
  return (
    <section class="panel" aria-labelledby="row-details">
      <h2 id="row-details">
        {row.operation} of {where}
      </h2>
      <p>{row.label}</p>
      {entry && (
        <>
          <p class="muted">
            Call {entry.sequence} of its session, ended at {new Date(row.atMs).toLocaleTimeString('en-GB')}{' '}
            after {(entry.waitUs / 1000).toLocaleString('en')} ms of waiting and{' '}
            {entry.nativeUs.toLocaleString('en')} µs of work.
          </p>
          {entry.parameters && <pre>{JSON.stringify(entry.parameters, null, 1)}</pre>}
          {entry.invented && <p>A fault ({entry.invented.effect}) has made this answer.</p>}
        </>
      )}
      {row.payload ? (
        <PayloadView bytes={row.payload} total={Math.max(moved, row.payload.length)} />
      ) : (
        moved > 0 && (
          <p class="muted">
            No payload was captured. Sockets that are made with <code>capture</code> keep it.
          </p>
        )
      )}
    </section>
  );
};
