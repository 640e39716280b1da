import type { SocketInfo } from '../../model/types.js';

/** What is true of a socket besides its state. */
export const Flags = ({ socket }: { socket: SocketInfo }) => {
  const flags = [
    socket.sendShutdown && 'sending ended',
    socket.receiveShutdown && 'receiving ended',
    socket.peerClosed && 'peer ended',
    socket.nonBlocking && 'non-blocking',
    socket.relayId !== undefined && 'relay',
  ].filter((flag) => flag !== false);
  return (
    <>
      {flags.map((flag) => (
        <span class="tag" key={flag}>
          {flag}
        </span>
      ))}
    </>
  );
};
