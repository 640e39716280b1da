import { textParts } from '../../model/lesson/text-parts.js';

/** A text of a lesson: code spans and links to the daemon's own pages, all else as it is. */
export const Prose = ({ text }: { text: string }) => (
  <>
    {textParts(text).map(({ kind, text: part }, at) => {
      if (kind === 'code') return <code key={at}>{part}</code>;
      if (kind === 'plain') return part;
      return (
        <a key={at} href={part} target="_blank" rel="noreferrer">
          {part}
        </a>
      );
    })}
  </>
);
