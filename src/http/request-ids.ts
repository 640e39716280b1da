import { randomFillSync } from 'node:crypto';

/** 64 bits: among a billion requests two have the same id with a chance of 3 in 100. */
const ID_BYTES = 8;

/** Ids that one look at the system's random numbers gives. */
const IDS_AT_ONCE = 512;

/** Makes ids of requests. They are random, so that an owner's ids do not count the requests of the others. */
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
