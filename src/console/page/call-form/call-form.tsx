import { useEffect, useId, useMemo, useRef, useState } from 'preact/hooks';
import { type Entered, fieldsOf, readForm, type Values } from '../../model/forms.js';
import { suggestedFor } from '../../model/suggestions.js';
import type { Outcome } from '../../model/types.js';
import { useLink } from '../link-context.js';
import { methodOf, rpcDocument } from '../rpc-document.js';
import { FieldInput } from './field-input.js';

/**
 * The form of a call: its parameters as the daemon describes them, with values that work here.
 *
 * @param ids the ids that the place of the form gives; one that is undefined is not asked for either
 * @param initial the values to begin with, in place of the suggested ones
 * @param submit what the button says, in place of the name of the call
 */
export const CallForm = ({
  operation,
  ids,
  initial,
  submit = `Call ${operation}`,
  onClose,
  onAnswer,
}: {
  operation: string;
  ids: Readonly<Record<string, string | undefined>>;
  initial?: Values;
  submit?: string;
  onClose: () => void;
  onAnswer?: (outcome: Outcome) => void;
}) => {
  const link = useLink();
  const document = rpcDocument.value;
  const method = methodOf(operation);
  const fields = useMemo(() => (document && method ? fieldsOf(method, document) : []), [document, method]);
  const [suggested] = useState<Values>(() => {
    if (initial) return initial;
    const { sockets } = link.rig.peek();
    return suggestedFor(operation, sockets.get(ids.socketId ?? ''), [...sockets.values()]);
  });
  const [values, setValues] = useState(suggested);
  const [wrong, setWrong] = useState<Readonly<Record<string, string>>>({});
  /** How many of its calls wait: the form can make another one meanwhile. */
  const [waiting, setWaiting] = useState(0);
  // The form of one call can be open in several sections.
  const formId = useId();
  const button = useRef<HTMLButtonElement>(null);
  const isShown = method !== undefined;
  // The values work as they are: Enter makes the call. The description of the calls may come after the form.
  useEffect(() => button.current?.focus(), [isShown]);
  if (!method) return <p class="muted">The description of the calls is being loaded …</p>;

  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    const read = readForm(fields, values);
    setWrong(read.ok ? {} : read.wrong);
    if (!read.ok) return;
    setWaiting((n) => n + 1);
    const outcome = await link.call(operation, { ...ids, ...read.params });
    setWaiting((n) => n - 1);
    onAnswer?.(outcome);
  };
  const shown = fields.filter(({ name }) => !(name in ids));
  // By the values at the beginning: a field stays in its place while somebody enters a value.
  const [usual, rare] = [
    shown.filter(({ name, isRequired }) => isRequired || suggested[name] !== undefined),
    shown.filter(({ name, isRequired }) => !isRequired && suggested[name] === undefined),
  ];
  const input = (field: (typeof fields)[number]) => (
    <FieldInput
      key={field.name}
      field={field}
      id={`${formId}-${field.name}`}
      value={values[field.name]}
      wrong={wrong[field.name]}
      onInput={(entered: Entered | undefined) => setValues({ ...values, [field.name]: entered })}
    />
  );
  return (
    <form class="call-form" onSubmit={send} aria-label={operation}>
      <p>
        <strong>{operation}</strong>: {method.summary}.{' '}
        {method.externalDocs && (
          <a href={method.externalDocs.url} target="_blank" rel="noreferrer">
            Microsoft's page
          </a>
        )}
      </p>
      {usual.map(input)}
      {rare.length > 0 && <Rare isWrong={rare.some(({ name }) => name in wrong)}>{rare.map(input)}</Rare>}
      <div class="actions">
        <button type="submit" class="primary" ref={button}>
          {waiting > 0 ? `${submit} again` : submit}
        </button>
        <button type="button" onClick={onClose}>
          Close the form
        </button>
        <span aria-live="polite">
          {waiting > 0 && (waiting === 1 ? 'The call waits …' : `${waiting} calls wait …`)}
        </span>
      </div>
    </form>
  );
};

/** @param isWrong something in them is: then they open, so that the person sees what */
const Rare = ({ isWrong, children }: { isWrong: boolean; children: preact.ComponentChildren }) => {
  const details = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    if (isWrong && details.current) details.current.open = true;
  });
  return (
    <details ref={details}>
      <summary>More parameters</summary>
      {children}
    </details>
  );
};
