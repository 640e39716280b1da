/** Which receive took which bytes of which send, by their offsets in a stream. */

/** Bytes of one send that one receive took. */
export interface Taken {
  /** The place of the send; undefined: its send is not known. */
  readonly send: number | undefined;
  /** The place of the receive; undefined: no receive has taken the bytes. */
  readonly receive: number | undefined;
  /** The number of bytes of the stream before these. */
  readonly offset: number;
  readonly bytes: number;
}

/**
 * Lays the receives of one direction over its sends. Every byte is in exactly one part. More bytes received
 * than sent: a send has not ended yet.
 *
 * @param sent the numbers of bytes of the sends, in their order
 * @param received the numbers of bytes of the receives, in their order
 */
export const overlaps = (sent: readonly number[], received: readonly number[]): Taken[] => {
  const parts: Taken[] = [];
  let [send, receive, offset] = [0, 0, 0];
  let toSend = sent[0];
  let toTake = received[0];
  while (toSend !== undefined || toTake !== undefined) {
    const bytes = Math.min(toSend ?? Number.POSITIVE_INFINITY, toTake ?? Number.POSITIVE_INFINITY);
    if (bytes > 0) {
      parts.push({
        send: toSend === undefined ? undefined : send,
        receive: toTake === undefined ? undefined : receive,
        offset,
        bytes,
      });
    }
    offset += bytes;
    if (toSend !== undefined) toSend = toSend > bytes ? toSend - bytes : sent[++send];
    if (toTake !== undefined) toTake = toTake > bytes ? toTake - bytes : received[++receive];
  }
  return parts;
};
