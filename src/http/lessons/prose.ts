import { problemKindOf } from '../problems/problem-pages.js';

/** A rule for the texts of lessons. */
interface Rule {
  readonly breaks: RegExp;
  /** What is wrong, without a subject and without a full stop. */
  readonly detail: string;
}

/**
 * Texts are plain, so that a page can show them as they are: what looks like markup or like a link to
 * elsewhere was meant to be one, by mistake or to deceive.
 */
const RULES: readonly Rule[] = [
  // Also what does not show, and what turns the direction of the text around.
  {
    breaks: /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/u,
    detail: 'has a control, direction or invisible character',
  },
  { breaks: /<[A-Za-z/!?]/, detail: 'has markup' },
  { breaks: /\]\s*[([]|!\[/, detail: 'has a Markdown link or image' },
  {
    breaks: /\b(?:https?|wss?|ftp|file|blob|mailto|tel|sms|javascript|vbscript)\s*:(?=\S)|\bdata:\w+\//i,
    detail: 'has a link; only /docs and /problems can be linked',
  },
  {
    breaks: /(?:\/|\\){2}[\p{L}\d[]|\bwww\./iu,
    detail: 'has a link; only /docs and /problems can be linked',
  },
  { breaks: /^(?:[^`]*`[^`]*`)*[^`]*`[^`]*$|``/, detail: 'has a code span that is empty or does not end' },
  // Not the end of a sentence.
  { breaks: /\/docs\/?[^\s`]*\.\./, detail: 'has a path that leaves /docs' },
];

/** A path of the daemon that names a kind of problem. */
const PROBLEM = /\/problems\/([A-Za-z0-9_-]*)/g;

/** What is wrong with a text of a lesson; undefined if nothing is. */
export const wrongWithProse = (text: string): string | undefined => {
  const broken = RULES.find(({ breaks }) => breaks.test(text));
  if (broken) return broken.detail;
  for (const [, name = ''] of text.matchAll(PROBLEM)) {
    if (!problemKindOf(name)) return 'names a page of /problems that does not exist';
  }
  return undefined;
};
