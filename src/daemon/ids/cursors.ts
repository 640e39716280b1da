import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** 128 bits, in base64url. */
const SEAL_CHARS = 22;

/**
 * Marks where the next page of a list begins: the id of the last entry given, and a seal that says for which
 * list. A cursor that was not issued here, or for another list, is none: whoever makes one up, or has that of
 * another owner, learns nothing from it.
 */
export class Cursors {
  readonly #key = randomBytes(32);

  /**
   * @param list what is listed, and whose
   * @param last the id of the last entry given
   */
  issue(list: string, last: string): string {
    return `${last}.${this.#seal(list, last)}`;
  }

  /** The id of the last entry given; undefined for a cursor that was not issued for that list. */
  read(list: string, cursor: string): string | undefined {
    const dot = cursor.lastIndexOf('.');
    const last = cursor.slice(0, Math.max(0, dot));
    const [seal, given] = [Buffer.from(this.#seal(list, last)), Buffer.from(cursor.slice(dot + 1))];
    return seal.length === given.length && timingSafeEqual(seal, given) ? last : undefined;
  }

  #seal(list: string, last: string): string {
    return createHmac('sha256', this.#key)
      .update(`${list}\n${last}`)
      .digest('base64url')
      .slice(0, SEAL_CHARS);
  }
}
