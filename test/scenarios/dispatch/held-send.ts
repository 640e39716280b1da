import type { Answer } from '../../http/client.js';
import { fillSendBuffer, type TestSocket } from '../test-daemon.js';

/** More bytes than both ends of a connection hold after `fillSendBuffer`. */
export const MORE_THAN_BUFFERED = 1 << 20;

/** A send that waits, and so keeps its lane, until the peer receives, even if the system finds more room. */
export const heldSend = async (
  sender: TestSocket,
  receiver: TestSocket,
): Promise<{
  /** Bytes that were sent before. */
  readonly filled: number;
  readonly sending: Promise<Answer>;
}> => {
  const filled = await fillSendBuffer(sender, receiver);
  const base64 = Buffer.alloc(MORE_THAN_BUFFERED, 'y').toString('base64');
  const sending = sender.answer('send', { data: { base64 } });
  await sender.untilBusy();
  return { filled, sending };
};
