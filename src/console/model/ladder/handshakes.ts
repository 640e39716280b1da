/** Arrows of connects and accepts. */
import { arrivalOf, arrowOf, type Point } from './arrow.js';
import type { Columns } from './columns.js';
import type { Arrow } from './ladder-types.js';
import type { StreamEnd } from './stream-end.js';

/**
 * The arrows of the connects of a socket. Only of the lab is it known that a SYN was sent and where it
 * arrived; of other stacks a journal has the calls.
 */
export function* connectArrows(
  client: StreamEnd,
  server: StreamEnd | undefined,
  columns: Columns,
): Generator<Arrow> {
  const last = client.attempts.at(-1);
  for (const attempt of client.attempts) {
    const { entry } = attempt.row;
    const address = entry.remoteAddress ?? client.remoteAddress;
    if (!address) continue;
    const listener = columns.ownerAt(client.network, address, attempt.row.index);
    const accepted = attempt === last ? server : undefined;
    if (client.isLab && listener !== undefined) {
      yield synArrow(attempt, listener, accepted?.accepted, entry.outcome === 'ok' || wasRefused(attempt));
      if (!accepted) continue;
    }
    const column = accepted?.column ?? listener ?? columns.foreign(client.network, address);
    const to = { column, row: accepted?.accepted?.row };
    yield arrowOf({ kind: 'connect', from: attempt, to, label: 'connection' });
  }
}

/** The arrow of an accepted connection whose connect is not known. */
export const acceptArrow = (server: StreamEnd, columns: Columns): Arrow | undefined => {
  const { accepted, remoteAddress, network } = server;
  if (!accepted || !remoteAddress) return undefined;
  const from = columns.foreign(network, remoteAddress);
  return arrivalOf({ kind: 'connect', from, to: accepted, label: 'connection' });
};

/** A connect sends its SYN when it begins. What has answered it has seen it. */
const synArrow = (
  attempt: StreamEnd['attempts'][number],
  listener: number,
  accepted: Point | undefined,
  isAnswered: boolean,
): Arrow => {
  const { row, column } = attempt;
  const arrival = accepted && accepted.row.index < row.index ? accepted.row : row;
  const arrived = isAnswered || accepted !== undefined;
  return {
    kind: 'syn',
    fromColumn: column,
    fromRow: Math.min(row.beganRow, arrival.index),
    toColumn: listener,
    toRow: arrived ? arrival.index : undefined,
    seen: arrived,
    label: 'SYN',
  };
};

const wasRefused = ({ row }: StreamEnd['attempts'][number]): boolean => row.entry.name === 'WSAECONNREFUSED';
