import { randomFillSync } from 'node:crypto';

/** 64 bits: among a billion requests two have the same id with a chance of 3 in 100. */
const ID_BYTES = 8;

/** How many ids are made of one read of the system's random numbers. */
const IDS_AT_ONCE = 512;

/** Makes request ids. They are random, so that an owner cannot count the requests of other owners by them. */
export const requestIds = (): (() => string) => {
  const pool = Buffer.alloc(ID_BYTES * IDS_AT_ONCE);
  let at = pool.length;
  return () => {
    if (at === pool.length) {
      randomFillSync(pool);
      at = 0;
    }
    at += ID_BYTES;
    return `req-${pool.toString('hex', at - ID_BYTES, at)}`;
  };
};
