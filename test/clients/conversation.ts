/** The program of docs/clients.md, which is there in each language. */
import { blockOf } from '../docs/markdown.js';

/** The languages, as the page calls them, and as its comments do. */
export const LANGUAGES = {
  curl: 'curl',
  Python: 'python',
  Go: 'go',
  'C#': 'csharp',
  TypeScript: 'typescript',
} as const;

/** What the comments of the page call a language. */
export type Language = (typeof LANGUAGES)[keyof typeof LANGUAGES];

/** What the program prints, in every language: what the page says. */
export const PRINTED = blockOf('what every program prints');

/** The program in a language. */
export const conversationIn = (language: Language): string => blockOf(`run: ${language} conversation`);

/** The programs that the tests of the clients run, since they are compiled there. */
export const RUN_BY_CLIENTS: readonly string[] = ['go', 'csharp', 'typescript'].map(
  (language) => `${language} conversation`,
);
