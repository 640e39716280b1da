import { useMemo } from 'preact/hooks';
import { type Ladder, ladder, type Participant } from '../../model/ladder.js';
import type { SocketInfo } from '../../model/types.js';
import { useLink } from '../link-context.js';
import { addressText } from '../parts/address-text.js';
import { useSame } from '../parts/use-same.js';

/**
 * The ladder of some sockets, made anew when the rig has changed.
 *
 * @param names what to call sockets, by their ids; without it, their addresses
 */
export const useLadder = (
  sockets: readonly SocketInfo[],
  names: ReadonlyMap<string, string> = NO_NAMES,
): Ladder => {
  const link = useLink();
  link.version.value;
  const rig = link.rig.value;
  const chosen = useSame(sockets);
  const calls = useSame(rig.callsOf(new Set(chosen.map(({ socketId }) => socketId))));
  // A ladder of thousands of calls takes a while: it is made anew only when it is another one. The names of a
  // lesson come with its sockets.
  return useMemo(() => {
    const participants = chosen.map((socket): Participant => {
      const labNetwork = rig.sessions.get(socket.sessionId)?.info.labNetwork;
      const label = names.get(socket.socketId) ?? labelOf(socket);
      return { ...socket, label, ...(labNetwork !== undefined && { labNetwork }) };
    });
    const sessionEnds = [...new Set(chosen.map(({ sessionId }) => sessionId))].flatMap((sessionId) => {
      const { ended: reason, endedMs: atMs } = rig.sessions.get(sessionId) ?? {};
      return reason === undefined || atMs === undefined ? [] : [{ sessionId, reason, atMs }];
    });
    return ladder(participants, calls, { sessionEnds });
  }, [rig, chosen, calls]);
};

const NO_NAMES: ReadonlyMap<string, string> = new Map();

const labelOf = (socket: SocketInfo): string => {
  const name = addressText(socket.localAddress) || socket.state;
  return `${name} …${socket.socketId.slice(-5)}`;
};
