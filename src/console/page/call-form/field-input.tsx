import type { Entered, EnteredAddress, EnteredBuffer, Field } from '../../model/forms.js';

interface Props<T extends Entered> {
  readonly field: Field;
  readonly id: string;
  readonly value: T | undefined;
  /** What is wrong with the value; undefined: nothing is known to be. */
  readonly wrong: string | undefined;
  readonly onInput: (value: Entered | undefined) => void;
}

/** The input of one parameter, with its label, its description and what is wrong with it. */
export const FieldInput = (props: Props<Entered>) => {
  const { field, id, wrong } = props;
  const name = (
    <>
      {field.name}
      {field.isRequired && <span class="muted"> (required)</span>}
    </>
  );
  const rest = (
    <>
      <Input {...props} />
      <p class="hint" id={`${id}-hint`}>
        {wrong !== undefined && (
          <strong class="wrong" role="alert">
            {field.name} {wrong}.{' '}
          </strong>
        )}
        {field.description}
      </p>
    </>
  );
  if (['buffer', 'address', 'choices'].includes(field.kind)) {
    return (
      <fieldset class="field" aria-describedby={`${id}-hint`}>
        <legend>{name}</legend>
        {rest}
      </fieldset>
    );
  }
  return (
    <div class="field">
      <label for={id}>{name}</label>
      {rest}
    </div>
  );
};

const Input = (props: Props<Entered>) => {
  const { field, id, value, wrong, onInput } = props;
  const isWrong = wrong !== undefined;
  const text = typeof value === 'string' ? value : '';
  const described = `${id}-hint`;
  switch (field.kind) {
    case 'buffer':
      return <BufferInput {...props} value={isBuffer(value) ? value : undefined} />;
    case 'address':
      return <AddressInput {...props} value={isAddress(value) ? value : undefined} />;
    case 'choices':
      return <Choices {...props} value={Array.isArray(value) ? value : undefined} />;
    case 'choice':
      return (
        <select
          id={id}
          aria-describedby={described}
          aria-invalid={isWrong}
          value={text}
          onChange={({ currentTarget }) => onInput(currentTarget.value || undefined)}
        >
          <option value="">(not given)</option>
          {field.words.map((word) => (
            <option key={word} value={word}>
              {word}
            </option>
          ))}
        </select>
      );
    case 'switch':
      return (
        <input
          id={id}
          type="checkbox"
          aria-describedby={described}
          aria-invalid={isWrong}
          checked={value === true}
          onChange={({ currentTarget }) => onInput(currentTarget.checked || undefined)}
        />
      );
    case 'json':
      return (
        <textarea
          id={id}
          class="code"
          rows={2}
          spellcheck={false}
          aria-describedby={described}
          aria-invalid={isWrong}
          placeholder="JSON"
          value={text}
          onInput={({ currentTarget }) => onInput(currentTarget.value || undefined)}
        />
      );
    default:
      return (
        <input
          id={id}
          inputMode={field.kind === 'number' ? 'numeric' : undefined}
          spellcheck={false}
          autocomplete="off"
          aria-describedby={described}
          aria-invalid={isWrong}
          value={text}
          onInput={({ currentTarget }) => onInput(currentTarget.value || undefined)}
        />
      );
  }
};

const isBuffer = (value: Entered | undefined): value is EnteredBuffer =>
  typeof value === 'object' && 'as' in value;
const isAddress = (value: Entered | undefined): value is EnteredAddress =>
  typeof value === 'object' && 'family' in value;

const FORMS = { text: 'text', hex: 'hexadecimal', base64: 'base64' } as const;

const BufferInput = ({ value, wrong, onInput }: Props<EnteredBuffer>) => {
  const buffer = value ?? { as: 'text', value: '', len: '' };
  return (
    <div class="row">
      <textarea
        class="grow code"
        rows={2}
        spellcheck={false}
        aria-label="The bytes"
        aria-invalid={wrong !== undefined}
        value={buffer.value}
        onInput={({ currentTarget }) => onInput({ ...buffer, value: currentTarget.value })}
      />
      <select
        aria-label="How the bytes are written"
        value={buffer.as}
        onChange={({ currentTarget }) =>
          // The options are the keys of FORMS.
          onInput({ ...buffer, as: currentTarget.value as EnteredBuffer['as'] })
        }
      >
        {Object.entries(FORMS).map(([name, label]) => (
          <option key={name} value={name}>
            {label}
          </option>
        ))}
      </select>
      <input
        class="short"
        inputMode="numeric"
        aria-label="len: how many of the bytes"
        placeholder="len"
        value={buffer.len}
        onInput={({ currentTarget }) => onInput({ ...buffer, len: currentTarget.value })}
      />
    </div>
  );
};

const FAMILIES = ['AF_INET', 'AF_INET6', 'AF_UNIX'];

const AddressInput = ({ value, wrong, onInput }: Props<EnteredAddress>) => {
  const address = value ?? { family: 'AF_INET', address: '', port: '' };
  return (
    <div class="row">
      <select
        aria-label="Address family"
        value={address.family}
        onChange={({ currentTarget }) => onInput({ ...address, family: currentTarget.value })}
      >
        {FAMILIES.map((family) => (
          <option key={family} value={family}>
            {family}
          </option>
        ))}
      </select>
      <input
        class="grow"
        spellcheck={false}
        autocomplete="off"
        aria-label={address.family === 'AF_UNIX' ? 'Path' : 'Numeric address'}
        aria-invalid={wrong !== undefined}
        value={address.address}
        onInput={({ currentTarget }) => onInput({ ...address, address: currentTarget.value })}
      />
      <input
        class="short"
        inputMode="numeric"
        aria-label="Port"
        placeholder="port"
        value={address.port}
        onInput={({ currentTarget }) => onInput({ ...address, port: currentTarget.value })}
      />
    </div>
  );
};

const Choices = ({ field, value = [], onInput }: Props<readonly string[]>) => (
  <div class="row choices">
    {field.words.map((word) => (
      <label class="check" key={word}>
        <input
          type="checkbox"
          checked={value.includes(word)}
          onChange={({ currentTarget }) =>
            onInput(currentTarget.checked ? [...value, word] : value.filter((one) => one !== word))
          }
        />
        {word}
      </label>
    ))}
  </div>
);
