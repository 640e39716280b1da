import { visibleLines } from '../../model/payload.js';
import type { MadeHere } from '../connection/daemon-link.js';
import { useLink } from '../link-context.js';
import { ErrorCard } from '../parts/error-card.js';
import { CodeBox } from './code-box.js';
import { ResultView } from './result-view.js';
import './last-call.css';

/** The last call that this page has made: its answer or its error card, and the call as code. */
export const LastCall = () => {
  const made = useLink().lastCall.value;
  return (
    <aside class="last-call" aria-label="Last call">
      <h2>Last call</h2>
      {made === undefined ? (
        <p class="muted">
          Calls that you make on this page appear here, with their answers and as code to copy.
        </p>
      ) : (
        <Made made={made} />
      )}
    </aside>
  );
};

const Made = ({ made: { call, outcome } }: { made: MadeHere }) => (
  <>
    <p class="last-call-made">
      <strong>{call.operation}</strong>
    </p>
    <div aria-live="polite">
      {outcome === undefined && <p class="muted">It waits …</p>}
      {outcome?.ok === true && <ResultView result={outcome.result} />}
      {outcome?.ok === false && <ErrorCard problem={outcome.problem} call={call} />}
    </div>
    <h3>The call</h3>
    <pre class="last-call-params">{shortened(JSON.stringify(call.params, null, 2))}</pre>
    <CodeBox call={call} />
  </>
);

/** The most characters of the parameters that are shown. */
const SHOWN = 2000;

const shortened = (text: string): string => {
  const rest = text.length <= SHOWN ? '' : ` … ${(text.length - SHOWN).toLocaleString('en')} more`;
  return `${visibleLines(text.slice(0, SHOWN))}${rest}`;
};
