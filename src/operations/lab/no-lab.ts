import { refuse } from '../../daemon/answers/refusals.js';

/** The refusal for a session without a lab network. */
export const noLab = refuse('not-found', 'This session has no lab network.');
