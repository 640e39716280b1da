import { escapeHtml } from '../html-page.js';

/** A member of a schema of objects. */
export interface MemberRow {
  readonly name: string;
  readonly required: boolean;
  readonly schema: object;
}

type Schema = Readonly<Record<string, unknown>>;

/** The members that the objects of a schema have. */
export const schemaRows = (schema: object): readonly MemberRow[] => {
  const { properties, required }: Schema = { ...schema };
  const names: readonly unknown[] = Array.isArray(required) ? required : [];
  return Object.entries(Object(properties)).map(([name, member]) => ({
    name,
    required: names.includes(name),
    schema: Object(member),
  }));
};

/** What values a schema allows, in HTML: its type and its bounds, or a link to its component. */
export const schemaText = (schema: object): string => {
  const { $ref, type = 'any', items, enum: values, additionalProperties, ...bounds }: Schema = { ...schema };
  if (typeof $ref === 'string') {
    const name = escapeHtml($ref.slice($ref.lastIndexOf('/') + 1));
    return `<a href="#${name}">${name}</a>`;
  }
  if (Array.isArray(values)) {
    return `one of ${values.map((one) => `<code>${escapeHtml(String(one))}</code>`).join(', ')}`;
  }
  const kind = type === 'array' ? `list of ${schemaText(Object(items))}` : escapeHtml(String(type));
  const members = additionalProperties === true ? ['any members'] : [];
  return [kind, ...members, ...boundsOf(bounds)].join(', ');
};

const boundsOf = (schema: Schema): readonly string[] => {
  const { minimum, maximum, minItems, maxItems, maxLength, pattern, format } = schema;
  return [
    ...(typeof format === 'string' ? [escapeHtml(format)] : []),
    ...rangeOf(minimum, maximum, ''),
    ...rangeOf(minItems, maxItems, ' items'),
    ...rangeOf(undefined, maxLength, ' characters'),
    ...(typeof pattern === 'string' ? [`pattern <code>${escapeHtml(pattern)}</code>`] : []),
  ];
};

const rangeOf = (least: unknown, most: unknown, of: string): readonly string[] => {
  if (least === undefined) return most === undefined ? [] : [`at most ${most}${of}`];
  return [most === undefined ? `at least ${least}${of}` : `${least} to ${most}${of}`];
};
