import { visibleLines } from '../../model/payload.js';

/** The most characters of one member that are shown. */
const SHOWN = 2000;

/** The result of a call, member by member. */
export const ResultView = ({ result }: { result: Readonly<Record<string, unknown>> }) => {
  const members = Object.entries(result);
  return (
    <div class="last-call-result">
      <p class="ok">Done{members.length === 0 ? ': the call has no result.' : ':'}</p>
      <dl>
        {members.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <code>{textOf(value)}</code>
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
};

/** Bytes that are text are shown as text; everything else as JSON. */
const textOf = (value: unknown): string => {
  const isText = typeof value === 'object' && value !== null && 'text' in value;
  const text = typeof value === 'string' ? value : JSON.stringify(isText ? value.text : value, null, 1);
  const rest = text.length <= SHOWN ? '' : ` … (${text.length.toLocaleString('en')} characters)`;
  return `${visibleLines(text.slice(0, SHOWN))}${rest}`;
};
