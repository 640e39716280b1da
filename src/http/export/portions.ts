/** Resolves when it is the turn of an export again, for a millisecond or two. */
export type NextTurn = () => Promise<void>;

/** Most bytes of one portion; a packet or a line alone may be longer. */
const BYTES = 64 * 1024;
/** Most pieces of one portion: at most two milliseconds' work, however short they are. */
const PIECES = 512;

/**
 * Joins small pieces, since a stream costs more than a line, and lets everybody else have a turn of the event loop
 * between two portions: a reader that keeps up would otherwise hold the whole daemon until its end.
 */
export async function* inPortions(
  pieces: Iterable<string | Buffer>,
  nextTurn: NextTurn,
): AsyncGenerator<Buffer> {
  let portion: Buffer[] = [];
  let bytes = 0;
  for (const piece of pieces) {
    const part = typeof piece === 'string' ? Buffer.from(piece) : piece;
    portion.push(part);
    bytes += part.length;
    if (bytes < BYTES && portion.length < PIECES) continue;
    yield Buffer.concat(portion);
    portion = [];
    bytes = 0;
    await nextTurn();
  }
  if (bytes > 0) yield Buffer.concat(portion);
}
