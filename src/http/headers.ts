import type { IncomingHttpHeaders } from 'node:http';

/** On every answer, whoever writes it. Pages replace the content security policy by a strict one of their own. */
export const ANSWER_HEADERS = Object.freeze({
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
});

/** Server-Timing: milliseconds in native calls and their surroundings, and milliseconds waited. */
export const serverTiming = (timing: { native: number; wait: number }): string =>
  `native;dur=${round(timing.native)}, wait;dur=${round(timing.wait)}`;

const round = (ms: number): number => Math.round(ms * 100) / 100;

/** The Server-Timing of an answer that no operation made. */
export const NO_TIMING = serverTiming({ native: 0, wait: 0 });

/** So many ids fit into a header field; a session has many more. */
export const MOST_FAULT_IDS = 16;

/** Winsockd-Fault: the ids, as many as a client's limits on header fields bear, and how many more there are. */
export const faultHeader = (ids: readonly string[]): string => {
  const more = ids.length - MOST_FAULT_IDS;
  return more > 0 ? `${ids.slice(0, MOST_FAULT_IDS).join(', ')}, ${more} more` : ids.join(', ');
};

/** Whether a request has a body, to judge by its header. */
export const hasBody = (headers: IncomingHttpHeaders): boolean => {
  const length = headers['content-length'];
  return headers['transfer-encoding'] !== undefined || (length !== undefined && Number(length) !== 0);
};

/** How often a header field occurs as a line of its own; the parsed headers hide repetitions. */
export const countOf = (rawHeaders: readonly string[], lowerCaseName: string): number => {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i];
    if (name !== undefined && name.length === lowerCaseName.length && name.toLowerCase() === lowerCaseName) {
      count++;
    }
  }
  return count;
};
