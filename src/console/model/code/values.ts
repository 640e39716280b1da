/** A value of an earlier step's result: the id of the step, and the way into the result. */
export interface Source {
  readonly id: string;
  readonly path: readonly string[];
}

/** How a language writes the values of JSON. */
export interface Notation {
  readonly true: string;
  readonly false: string;
  readonly null: string;
  /** Between a brace and what is in it. */
  readonly space: string;
  /** Before each member on a line of its own. */
  readonly indent: string;
  text(text: string): string;
  /** The name of a member, as it is before the colon. */
  name(name: string): string;
  /** Absent: an object that looks like a reference is a value like others. */
  reference?(source: Source): string;
}

/** The longest value on one line; a call stands before it. */
const LINE = 80;

/**
 * A value as code. Objects and lists that do not fit on a line have a line for each member.
 *
 * @param indent what the current line begins with
 */
export const written = (value: unknown, notation: Notation, indent = ''): string => {
  const source = notation.reference && sourceOf(value);
  if (source) return notation.reference?.(source) ?? notation.null;
  if (typeof value === 'string') return notation.text(value);
  if (value === true || value === false) return value ? notation.true : notation.false;
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (typeof value !== 'object' || value === null) return notation.null;
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  const items = itemsOf(value, notation, '');
  if (items.length === 0) return open + close;
  const space = Array.isArray(value) ? '' : notation.space;
  const line = `${open}${space}${items.join(', ')}${space}${close}`;
  if (indent.length + line.length <= LINE) return line;
  const deeper = indent + notation.indent;
  const lines = itemsOf(value, notation, deeper).map((item) => `\n${deeper}${item}`);
  return `${open}${lines.join(',')}\n${indent}${close}`;
};

const itemsOf = (value: object, notation: Notation, indent: string): readonly string[] =>
  Array.isArray(value)
    ? value.map((item) => written(item, notation, indent))
    : Object.entries(value)
        .filter(([, member]) => member !== undefined)
        .map(([name, member]) => `${notation.name(name)}: ${written(member, notation, indent)}`);

/** The source of a reference of a batch; undefined for other values. */
const sourceOf = (value: unknown): Source | undefined => {
  if (typeof value !== 'object' || value === null || !('$result' in value)) return undefined;
  const { $result: pointer } = value;
  if (typeof pointer !== 'string' || Object.keys(value).length > 1) return undefined;
  const [id, ...path] = pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  return id === undefined ? undefined : { id, path };
};

/** Whether a part of a path is the place in a list. */
export const isIndex = (part: string): boolean => /^(?:0|[1-9]\d*)$/.test(part);
