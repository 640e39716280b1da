import { errorCard } from '../../model/error-card.js';
import type { Call, Problem } from '../../model/types.js';
import { methodOf } from '../rpc-document.js';
import './error-card.css';

/** A problem document for people: the code, what it means, why it came here, and what to do next. */
export const ErrorCard = ({ problem, call }: { problem: Problem; call?: Call }) => {
  const page = methodOf(problem.operation ?? call?.operation ?? '')?.externalDocs?.url;
  const card = errorCard(problem, call, page);
  return (
    <div class="error-card">
      <h3>
        {card.name} {card.code !== undefined && <span class="error-card-code">{card.code}</span>}
      </h3>
      <p>{card.meaning}.</p>
      <dl>
        <dt>Why here</dt>
        <dd>{card.why}</dd>
        {card.errors.map(({ place, detail, given }) => (
          <dd key={place}>
            <code>{place}</code> {detail}
            {given !== undefined && (
              <>
                , given: <code>{given}</code>
              </>
            )}
          </dd>
        ))}
        {card.next.length > 0 && <dt>What to do next</dt>}
        {card.next.map((text) => (
          <dd key={text}>{text}</dd>
        ))}
        {card.facts.map(({ label, value }) => (
          <div key={label} class="error-card-fact">
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <p>
        {card.pages.map(({ label, href }) => (
          <a key={href} href={href} target="_blank" rel="noreferrer">
            {label}
          </a>
        ))}
      </p>
    </div>
  );
};
