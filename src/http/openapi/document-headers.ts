import type { JsonSchema } from '../schemas.js';

interface Described {
  readonly responses: Readonly<Record<string, { headers?: object }>>;
}

/** The operations of a document, by path and method. */
export type DocumentPaths = Readonly<Record<string, Readonly<Record<string, Described>>>>;

/** A header with a text, as the document describes it. */
export const textHeader = (description: string): JsonSchema => ({ description, schema: { type: 'string' } });

/** Headers of answers that more than one operation has. */
export const HEADER_COMPONENTS: Readonly<Record<string, JsonSchema>> = {
  'X-Request-Id': textHeader('The id of this request, as the log and the `instance` of a problem have it.'),
  'Server-Timing': {
    ...textHeader('Milliseconds in native calls and around them, and milliseconds waited.'),
    example: 'native;dur=0.21, wait;dur=12.5',
  },
  'Retry-After': textHeader(
    'Seconds after which the same call may succeed. On every 429 and 503, on some 409.',
  ),
  'WWW-Authenticate': textHeader('How to send the token.'),
  Allow: textHeader('With 405: the methods that this path knows.'),
};

const EVERYWHERE = ['X-Request-Id', 'Server-Timing'];
const BY_STATUS: Readonly<Record<string, readonly string[]>> = {
  401: ['WWW-Authenticate'],
  409: ['Retry-After'],
  429: ['Retry-After'],
  503: ['Retry-After'],
  default: ['Allow', 'Retry-After', 'WWW-Authenticate'],
};

/** Adds to every response of every operation the headers that its status comes with. */
export const addHeaders = (paths: DocumentPaths): void => {
  for (const operation of Object.values(paths).flatMap((item) => Object.values(item))) {
    for (const [status, response] of Object.entries(operation.responses)) {
      response.headers = { ...response.headers, ...headersOf(status) };
    }
  }
};

const headersOf = (status: string): Record<string, JsonSchema> =>
  Object.fromEntries(
    [...EVERYWHERE, ...(BY_STATUS[status] ?? [])].map((name) => [
      name,
      { $ref: `#/components/headers/${name}` },
    ]),
  );
