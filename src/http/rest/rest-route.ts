import type { Created, DescribedOperation } from '../../operations/operation.js';

export type RestMethod = 'GET' | 'PUT' | 'POST' | 'DELETE';

/** One route of an operation. */
export interface RestRoute {
  readonly method: RestMethod;
  /** Path with {placeholders}, from the root: `/v1/sockets/{socketId}/send`. */
  readonly path: string;
  /** The names of the placeholders, in their order. */
  readonly placeholders: readonly string[];
}

const VERSION = '/v1';

const SCOPE_PREFIX = { daemon: '', session: '/sessions/{sessionId}', socket: '/sockets/{socketId}' } as const;

/** The documented route of an operation. */
export const restRouteOf = (op: DescribedOperation): RestRoute =>
  route(op.rest?.method ?? 'POST', op.rest?.path ?? `${SCOPE_PREFIX[op.scope]}/${op.name}`);

/** Further routes of an operation, which are not documented. */
export const aliasRoutesOf = (op: DescribedOperation): readonly RestRoute[] =>
  (op.rest?.aliases ?? []).map((alias) => {
    // The type of an alias guarantees a method and a path.
    const [method, path] = alias.split(' ') as [RestMethod, string];
    return route(method, path);
  });

/** The status of an operation's success: 201 where every success creates something. */
export const successStatusOf = (op: Pick<DescribedOperation, 'created' | 'createsSometimes'>): 200 | 201 =>
  op.created === undefined || op.createsSometimes ? 200 : 201;

/** The path of what was created; a fault or a relay belongs to the session `sessionId`. */
export const locationOf = ({ kind, id }: Created, sessionId?: string): string => {
  const isOfSession = kind === 'fault' || kind === 'relay';
  return `${VERSION}${isOfSession ? `/sessions/${sessionId}` : ''}/${kind}s/${id}`;
};

const route = (method: RestMethod, path: string): RestRoute => ({
  method,
  path: `${VERSION}${path}`,
  placeholders: [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? ''),
});

/** The path as Fastify writes it, with `:name` for a placeholder. */
export const fastifyPath = (path: string): string => path.replace(/\{(\w+)\}/g, ':$1');
