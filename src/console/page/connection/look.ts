import { LookProblem, ownProblem } from '../../model/look-problem.js';
import type { Problem } from '../../model/types.js';

export { LookProblem } from '../../model/look-problem.js';

/**
 * GETs a path of the daemon. A look changes nothing and holds no lease, unlike a call over the WebSocket.
 *
 * @throws LookProblem if it is refused, TypeError if nothing answers
 */
export const look = async (token: string, path: string): Promise<Response> => {
  const response = await fetch(path, {
    headers: { authorization: `Bearer ${token}` },
    cache: 'no-store',
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
    redirect: 'error',
  });
  if (response.ok) return response;
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json') === true;
  // The media type says that it is one.
  if (isProblem) throw new LookProblem((await response.json()) as Problem);
  const detail = 'Something between this page and the daemon has answered.';
  throw new LookProblem(ownProblem('The answer is not from the daemon', detail, response.status));
};
