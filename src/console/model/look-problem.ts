import type { Problem } from './types.js';

/** The daemon answered a look with a problem document. */
export class LookProblem extends Error {
  override name = 'LookProblem';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

/** A problem of the page itself, in the form of the daemon's. @param status 0 if there was no answer */
export const ownProblem = (title: string, detail: string, status = 0): Problem => ({
  type: 'about:blank',
  title,
  status,
  detail,
  instance: '',
});
