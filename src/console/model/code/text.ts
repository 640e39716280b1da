/**
 * Characters that a literal has escaped: a reader does not see them, or they change how others are shown
 * (controls, formats such as those of bidirectional text, line ends of Unicode, halves of surrogate pairs),
 * and `<` before what would end or hide the rest of a script in a page of HTML.
 */
const SPECIAL = /[\\"']|[\p{C}\p{Zl}\p{Zp}]|<(?=[/!])/gu;

/** All but printable ASCII: for languages that read a file in the code page of the machine. */
const NOT_ASCII = /[\\"']|[^\x20-\x7e]|<(?=[/!])/gu;

/** Escapes a code point. */
type Escape = (codePoint: number) => string;

const hex = (code: number, digits: number): string => code.toString(16).padStart(digits, '0');

/** As JSON and JavaScript have it: by code units. */
const byUnits: Escape = (codePoint) =>
  String.fromCodePoint(codePoint)
    .split('')
    .map((unit) => `\\u${hex(unit.charCodeAt(0), 4)}`)
    .join('');

/** As Python has it: by code points. */
const byPoints: Escape = (codePoint) =>
  codePoint > 0xffff ? `\\U${hex(codePoint, 8)}` : `\\u${hex(codePoint, 4)}`;

const SHORT: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

const literal = (text: string, quote: '"' | "'", escaped: Escape, special = SPECIAL): string => {
  const inside = text.replace(special, (character) => {
    if (character === '"' || character === "'") return character === quote ? `\\${character}` : character;
    return SHORT[character] ?? escaped(character.codePointAt(0) ?? 0);
  });
  return `${quote}${inside}${quote}`;
};

/** A text in JavaScript. */
export const javascriptText = (text: string): string => literal(text, "'", byUnits);

/** A text in Python. */
export const pythonText = (text: string): string => literal(text, '"', byPoints);

/** A text in JSON without `'`, for a place between two of them. JSON never has it behind a backslash. */
export const jsonText = (text: string): string => literal(text, '"', byUnits).replaceAll("'", '\\u0027');

/** The same in ASCII. PowerShell also takes the quotation marks of typography for `'`. */
export const asciiJsonText = (text: string): string =>
  literal(text, '"', byUnits, NOT_ASCII).replaceAll("'", '\\u0027');

/** A text in a shell. It must not contain NUL, which no shell can keep. */
export const shellText = (text: string): string =>
  /^[\w./:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/**
 * A text in PowerShell, as it is but for what ends it: `'` and the quotation marks that PowerShell takes for it.
 *
 * @see https://learn.microsoft.com/en-us/powershell/module/microsoft.powershell.core/about/about_quoting_rules
 */
export const powershellText = (text: string): string => `'${text.replace(/['\u2018-\u201b]/g, '$&$&')}'`;

/** A comment of one line, for every language whose comments begin with `prefix`. */
export const comment = (prefix: string, text: string): string => {
  const line = text.replace(NOT_ASCII, (character) =>
    /[\\"']/.test(character) ? character : byUnits(character.codePointAt(0) ?? 0),
  );
  return `${prefix} ${line}`;
};
