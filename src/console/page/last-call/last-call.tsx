import { useLink } from '../link-context.js';

/** The last call that this page has made: its answer or its error, and the call as code. */
export const LastCall = () => {
  const made = useLink().lastCall.value;
  return (
    <aside class="last-call" aria-label="Last call">
      <h2>Last call</h2>
      {made === undefined ? (
        <p class="muted">Calls that you make on this page appear here, with their answers.</p>
      ) : (
        <pre>{JSON.stringify(made, null, 2)}</pre>
      )}
    </aside>
  );
};
