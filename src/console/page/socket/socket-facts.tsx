import type { SocketInfo } from '../../model/types.js';
import { useLink } from '../link-context.js';
import { addressText } from '../parts/address-text.js';
import { ProblemLink } from '../parts/problem-link.js';
import { ShortId } from '../parts/short-id.js';

/** What the daemon says of a socket. */
export const SocketFacts = ({ socket }: { socket: SocketInfo }) => {
  const { bytesSent, bytesReceived, lastError } = useLink().rig.value.tallyOf(socket.socketId);
  return (
    <dl class="socket-facts">
      <Fact name="Local address">{addressText(socket.localAddress) || 'none yet'}</Fact>
      <Fact name="Remote address">{addressText(socket.remoteAddress) || 'none'}</Fact>
      <Fact name="Sent">{bytesSent.toLocaleString('en')} bytes</Fact>
      <Fact name="Received">{bytesReceived.toLocaleString('en')} bytes</Fact>
      <Fact name="Sending">{socket.sendShutdown ? 'ended by this side' : 'open'}</Fact>
      <Fact name="Receiving">
        {socket.receiveShutdown ? 'ended by this side' : socket.peerClosed ? 'the peer has ended' : 'open'}
      </Fact>
      <Fact name="Mode">{socket.nonBlocking ? 'non-blocking' : 'blocking: calls wait'}</Fact>
      <Fact name="Last error">{lastError === undefined ? 'none' : <ProblemLink name={lastError} />}</Fact>
      <Fact name="Session">
        <ShortId id={socket.sessionId} />
      </Fact>
    </dl>
  );
};

const Fact = ({ name, children }: { name: string; children: preact.ComponentChildren }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);
