/** Resolves in the event loop turn in which an export may work for a millisecond or two. */
export type NextTurn = () => Promise<void>;

/** The most bytes of a portion; a single packet or line may be longer. */
const PORTION_BYTES = 64 * 1024;
/** The most pieces of a portion: at most two milliseconds' work, however short they are. */
const PORTION_PIECES = 512;

/**
 * Joins small pieces to portions, since a write to a stream costs more than a line, and waits for the next
 * turn between two portions. Otherwise an export with a fast reader would keep all other requests waiting
 * until its end.
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
    if (bytes < PORTION_BYTES && portion.length < PORTION_PIECES) continue;
    yield Buffer.concat(portion);
    portion = [];
    bytes = 0;
    await nextTurn();
  }
  if (bytes > 0) yield Buffer.concat(portion);
}
