import type { Answer } from '../../http/client.js';
import { fillSendBuffer, type TestSocket } from '../test-daemon.js';

/** More than both ends of a connection hold whose buffers `fill` has sized. */
export const MUCH = 1 << 20;

/** A send that waits, and so has the lane, as long as the peer receives nothing; however much room the system finds. */
export const heldSend = async (
  sender: TestSocket,
  receiver: TestSocket,
): Promise<{
  /** Bytes that were sent before. */
  readonly filled: number;
  readonly sending: Promise<Answer>;
}> => {
  const filled = await fillSendBuffer(sender, receiver);
  const base64 = Buffer.alloc(MUCH, 'y').toString('base64');
  const sending = sender.answer('send', { data: { base64 } });
  await sender.untilBusy();
  return { filled, sending };
};
