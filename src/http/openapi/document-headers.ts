import type { JsonSchema } from '../schemas.js';

type Paths = Readonly<Record<string, Readonly<Record<string, JsonSchema>>>>;

/** Headers of answers that more than one operation has. */
export const HEADER_COMPONENTS: Readonly<Record<string, JsonSchema>> = {
  'X-Request-Id': {
    description: 'The id of this request, as the log and the `instance` of a problem have it.',
    schema: { type: 'string' },
  },
  'Server-Timing': {
    description: 'Milliseconds in native calls and around them, and milliseconds waited.',
    schema: { type: 'string' },
    example: 'native;dur=0.21, wait;dur=12.5',
  },
  'Retry-After': {
    description: 'Seconds after which the same call may succeed. On every 429 and 503, on some 409.',
    schema: { type: 'string' },
  },
  'WWW-Authenticate': { description: 'How to send the token.', schema: { type: 'string' } },
  Allow: {
    description: 'With 405: the methods that this path knows.',
    schema: { type: 'string' },
  },
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
export const withHeaders = (paths: Paths): Paths =>
  mapMembers(paths, (item) =>
    mapMembers(item, (operation) => ({
      ...operation,
      responses: mapMembers(membersOf(operation.responses), (response, status) => ({
        ...membersOf(response),
        headers: { ...membersOf(membersOf(response).headers), ...headersOf(status) },
      })),
    })),
  );

const headersOf = (status: string): Record<string, JsonSchema> =>
  Object.fromEntries(
    [...EVERYWHERE, ...(BY_STATUS[status] ?? [])].map((name) => [
      name,
      { $ref: `#/components/headers/${name}` },
    ]),
  );

const mapMembers = <T, U>(
  members: Readonly<Record<string, T>>,
  change: (member: T, name: string) => U,
): Record<string, U> =>
  Object.fromEntries(Object.entries(members).map(([name, member]) => [name, change(member, name)]));

// What is a part of a document is an object with members, or absent.
const membersOf = (value: unknown): JsonSchema => Object(value) as JsonSchema;
