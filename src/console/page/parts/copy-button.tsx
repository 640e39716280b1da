import { useEffect, useState } from 'preact/hooks';

/** How long the button says what it has done, milliseconds. */
const SAID_MS = 2000;

/** Copies a text, and says so. @param text gives it at the click */
export const CopyButton = ({ label, text }: { label: string; text: () => string }) => {
  // An object, so that a second click with the same answer begins the time anew.
  const [said, setSaid] = useState<{ readonly text: string }>();
  useEffect(() => {
    if (!said) return;
    const timer = setTimeout(() => setSaid(undefined), SAID_MS);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text());
      setSaid({ text: 'Copied' });
    } catch {
      // A page that is neither secure nor local may not write to the clipboard.
      setSaid({ text: 'Not allowed here: select the text' });
    }
  };
  return (
    <>
      <button type="button" onClick={copy}>
        {said?.text ?? label}
      </button>
      {/* Beside the button: in it, its text would be part of the button's name. */}
      <span class="hidden" aria-live="polite">
        {said?.text}
      </span>
    </>
  );
};
