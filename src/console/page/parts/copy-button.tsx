import { useState } from 'preact/hooks';

/** Copies a text, and says so. @param text gives it at the click */
export const CopyButton = ({ label, text }: { label: string; text: () => string }) => {
  const [said, setSaid] = useState('');
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text());
      setSaid('Copied');
    } catch {
      // A page that is neither secure nor local may not write to the clipboard.
      setSaid('Not allowed here: select the text');
    }
    setTimeout(() => setSaid(''), 2000);
  };
  return (
    <button type="button" onClick={copy}>
      {said || label}
      <span class="hidden" aria-live="polite">
        {said}
      </span>
    </button>
  );
};
