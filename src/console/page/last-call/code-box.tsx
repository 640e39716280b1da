import type { Call } from '../../model/types.js';

/** The call as code, to copy. */
export const CodeBox = ({ call }: { call: Call }) => <pre class="hidden">{call.operation}</pre>;
