/** Who is whose peer: the two ends of a connection have the same addresses, the other way round. */
import { keyOf } from './addresses.js';
import type { StreamEnd } from './stream-end.js';

/** The ends of one connection that are both known. */
export type Peers = ReadonlyMap<StreamEnd, StreamEnd>;

/**
 * Pairs the ends. The same two addresses can have one connection after another: the connects to an address
 * are accepted in their order.
 */
export const peersOf = (ends: readonly StreamEnd[]): Peers => {
  const peers = new Map<StreamEnd, StreamEnd>();
  const pair = (one: StreamEnd, other: StreamEnd): void => {
    peers.set(one, other);
    peers.set(other, one);
  };
  const accepting = grouped(
    ends.filter(({ accepted }) => accepted),
    acceptedKey,
  );
  const connecting = grouped(ends.filter(mayBeConnected), connectKey);
  for (const [key, clients] of connecting) pairInOrder(clients, accepting.get(key) ?? [], pair);
  // What is left has lost the calls that began it, or was not accepted by a chosen socket.
  const left = ends.filter((end) => end.isEstablished && !peers.has(end));
  const byAddresses = grouped(left, acceptedKey);
  for (const end of left) {
    if (peers.has(end)) continue;
    const key = connectKey(end);
    const others = key === undefined ? [] : (byAddresses.get(key) ?? []);
    const other = others.find((one) => one !== end && !peers.has(one));
    if (other && !(other.opened && end.opened)) pair(end, other);
  }
  return peers;
};

/** Whether its last connect was made or is pending. */
const mayBeConnected = (end: StreamEnd): boolean => {
  const attempt = end.attempts.at(-1);
  if (!attempt) return false;
  return end.isEstablished || attempt.row.entry.stateAfter === 'connecting';
};

/** A client of AF_UNIX has no name: such connections have only the path of the listener. */
const isUnnamed = (end: StreamEnd): boolean => (end.remoteAddress ?? end.localAddress)?.family === 'AF_UNIX';

const connectKey = (end: StreamEnd): string | undefined => {
  const to = keyOf(end.network, end.remoteAddress);
  if (isUnnamed(end)) return to;
  const from = keyOf(end.network, end.localAddress);
  return from === undefined || to === undefined ? undefined : `${from} ${to}`;
};

const acceptedKey = (end: StreamEnd): string | undefined => {
  const to = keyOf(end.network, end.localAddress);
  if (isUnnamed(end)) return to;
  const from = keyOf(end.network, end.remoteAddress);
  return from === undefined || to === undefined ? undefined : `${from} ${to}`;
};

const grouped = (
  ends: readonly StreamEnd[],
  keyFor: (end: StreamEnd) => string | undefined,
): Map<string, StreamEnd[]> => {
  const groups = new Map<string, StreamEnd[]>();
  for (const end of ends) {
    const key = keyFor(end);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group) group.push(end);
    else groups.set(key, [end]);
  }
  for (const group of groups.values()) group.sort((a, b) => openedAt(a) - openedAt(b));
  return groups;
};

const openedAt = ({ opened }: StreamEnd): number => opened?.row.index ?? -1;

const pairInOrder = (
  clients: readonly StreamEnd[],
  servers: readonly StreamEnd[],
  pair: (client: StreamEnd, server: StreamEnd) => void,
): void => {
  // Somebody else has connected to the path as well: nothing tells which accept is whose.
  if (clients.some(isUnnamed) && servers.length > clients.length) return;
  let [client, server] = [clients[0], servers[0]];
  for (let c = 0, s = 0; client && server; client = clients[c], server = servers[s]) {
    const began = client.opened?.row.beganRow ?? -1;
    const { row, listenedAt = -1 } = server.accepted ?? {};
    if ((row?.index ?? -1) < began || client === server) s++;
    // A listener has no connection from before its listen.
    else if (openedAt(client) < listenedAt) c++;
    else {
      pair(client, server);
      c++;
      s++;
    }
  }
};
