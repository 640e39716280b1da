import type { WsaName } from '../../winsock/errors.js';
import { type Failure, fail } from '../../winsock/outcome.js';

/**
 * Why connect or disconnect data cannot travel with a call, decided before anything else happens.
 *
 * @param limit the most bytes that the entry carries; undefined where it lacks the service flag
 * @param unsupported the code when the entry lacks the service flag
 * @returns undefined when the data can travel, or there is none
 */
export const dataRefused = (
  data: Uint8Array | undefined,
  limit: number | undefined,
  unsupported: WsaName,
  call: string,
): Failure | undefined => {
  if (data === undefined) return undefined;
  if (limit === undefined) return fail(unsupported, call);
  return data.length > limit ? fail('WSAEFAULT', call, { extra: { limit } }) : undefined;
};

/** Zero bytes count as no data. */
export const nonEmpty = (data: Uint8Array | undefined): Uint8Array | undefined =>
  data !== undefined && data.length > 0 ? data : undefined;
