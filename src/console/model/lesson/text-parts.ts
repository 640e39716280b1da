/** A part of a text of a lesson. */
export interface TextPart {
  readonly kind: 'plain' | 'code' | 'link';
  readonly text: string;
}

/**
 * A code span, or a path of the daemon's own pages. The path stands alone: it is no part of a longer one, or of
 * an address of elsewhere.
 */
const MARKED = /`([^`]+)`|(?<![\w/\\.:@-])(\/docs(?:\/[\w-]+)*(?:#[\w-]+)?|\/problems\/[\w-]+)(?![\w/\\-])/g;

/**
 * Splits a text into plain text, code spans (between backticks) and links. Only `/docs`, what is below it, and
 * `/problems/NAME` are links; anything else that looks like markup stays text.
 */
export const textParts = (text: string): readonly TextPart[] => {
  const parts: TextPart[] = [];
  let end = 0;
  const addPlain = (to: number): void => {
    if (to > end) parts.push({ kind: 'plain', text: text.slice(end, to) });
  };
  for (const match of text.matchAll(MARKED)) {
    const [all, code, link] = match;
    addPlain(match.index);
    if (code !== undefined) parts.push({ kind: 'code', text: code });
    else if (link !== undefined) parts.push({ kind: 'link', text: link });
    end = match.index + all.length;
  }
  addPlain(text.length);
  return parts;
};
