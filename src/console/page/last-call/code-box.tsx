import type { Call } from '../../model/types.js';
import { CodeTabs } from '../parts/code-tabs.js';

/** The call as code, to copy. It names the variable of the token, never its value. */
export const CodeBox = ({ call }: { call: Call }) => (
  <>
    <h3>As code</h3>
    <CodeTabs label="the call" code={(language) => language.call(call, location.origin)} />
  </>
);
