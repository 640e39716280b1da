import type { Problem } from '../../model/types.js';

/** The daemon answered a look with a problem document. */
export class LookProblem extends Error {
  override name = 'LookProblem';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

/**
 * GETs a path of the daemon. A look changes nothing and holds no lease, unlike a call over the WebSocket.
 *
 * @throws LookProblem if the daemon refuses it, TypeError if it does not answer
 */
export const look = async (token: string, path: string, signal?: AbortSignal): Promise<Response> => {
  const response = await fetch(path, {
    headers: { authorization: `Bearer ${token}` },
    cache: 'no-store',
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
    redirect: 'error',
    ...(signal && { signal }),
  });
  if (response.ok) return response;
  // Every refusal of the daemon is a problem document.
  throw new LookProblem((await response.json()) as Problem);
};
