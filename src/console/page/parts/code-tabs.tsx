import { signal } from '@preact/signals';
import { LANGUAGES, type Language } from '../../model/code/languages.js';
import { CopyButton } from './copy-button.js';
import './code-tabs.css';

/** The language that the person has chosen: the same wherever code is shown. */
const chosen = signal<Language['id']>(LANGUAGES[0]?.id ?? 'curl');

/** Code in the language that the person chooses, to copy. @param code makes it; it is long to make and to show */
export const CodeTabs = ({ label, code }: { label: string; code: (language: Language) => string }) => {
  const language = LANGUAGES.find(({ id }) => id === chosen.value);
  if (!language) return null;
  const text = code(language);
  return (
    <div class="code-tabs">
      <fieldset class="row">
        <legend class="hidden">Language of {label}</legend>
        {LANGUAGES.map(({ id, label: name }) => (
          <label class="code-tab" key={id}>
            <input
              type="radio"
              name={`language-${label}`}
              checked={id === language.id}
              onChange={() => {
                chosen.value = id;
              }}
            />
            {name}
          </label>
        ))}
        <span class="spacer" />
        <CopyButton label="Copy" text={() => text} />
      </fieldset>
      {/* Long code scrolls, also by the keyboard: so it takes the focus, and has a name. */}
      <textarea readOnly class="code" rows={8} aria-label={`${label} in ${language.label}`} value={text} />
    </div>
  );
};
