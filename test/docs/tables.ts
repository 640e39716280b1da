/** The tables of the documents that are written by code. */
import { ConfigSchema } from '../../src/config/schema.js';
import { VARIABLES } from '../../src/config/sources.js';
import { lessonSchema } from '../../src/http/lessons/lesson.js';
import { restRouteOf } from '../../src/http/rest/rest-route.js';
import { OPERATIONS } from '../../src/operations/list.js';
import { LAB_ENTRIES } from '../../src/providers/lab/catalog.js';
import { CONNECT_LIMIT_MS, UNREACHABLE_NETWORKS } from '../../src/providers/lab/unreachable-networks.js';
import { ADDRESS_FAMILIES } from '../../src/winsock/constants.js';
import { offers } from '../../src/winsock/protocol-info.js';
import { FIXED_LIMITS } from './fixed-limits.js';

const code = (text: string): string => `\`${text}\``;

const table = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  [header, header.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`)
    .join('')
    .replaceAll('| --- ', '|---')
    .replaceAll('--- |', '---|');

const operations = (): string =>
  table(
    ['operation', 'REST', 'Winsock'],
    OPERATIONS.map((op) => {
      const { method, path } = restRouteOf(op);
      return [op.name, code(`${method} ${path}`), op.winsock.join(', ') || '-'];
    }),
  );

const configuration = (): string =>
  table(
    ['key', 'environment', 'default', 'meaning'],
    VARIABLES.map(({ name, path, schema }) => {
      const { default: value, enum: names } = schema as { default?: unknown; enum?: readonly string[] };
      const shown = value === undefined ? '' : code(JSON.stringify(value));
      const choice = names ? [`One of ${names.map(code).join(', ')}.`] : [];
      const meaning = [descriptionOf(schema), ...choice].join(' ');
      return [code(path.join('.')), code(name), shown, meaning];
    }),
  );

const descriptionOf = (schema: object): string =>
  'description' in schema && typeof schema.description === 'string' ? schema.description : '';

const profiles = (): string =>
  table(
    ['entry', 'type', 'connect data', 'disconnect data'],
    LAB_ENTRIES.filter(({ addressFamily }) => addressFamily === ADDRESS_FAMILIES.AF_INET).map((entry) => [
      entry.description,
      offers(entry, 'XP1_CONNECTIONLESS') ? 'SOCK_DGRAM' : 'SOCK_STREAM',
      bytes(entry.connectDataLimit),
      bytes(entry.disconnectDataLimit),
    ]),
  );

const bytes = (limit: number | undefined): string => (limit === undefined ? 'none' : `${limit} bytes`);

const unreachableNetworks = (): string =>
  table(
    ['network', 'a connect there'],
    UNREACHABLE_NETWORKS.map(({ network, code: name }) => [
      network,
      name === 'WSAETIMEDOUT'
        ? `${name} after ${CONNECT_LIMIT_MS / 1000} s: a black hole`
        : `${name} at once`,
    ]),
  );

/** The members of a lesson, those of steps, calls and questions below their own. */
const lesson = (): string => {
  const schema: MemberSchema = JSON.parse(JSON.stringify(lessonSchema([])));
  return table(['member', 'what it is', 'limits'], rowsOfMembers(schema, ''));
};

interface MemberSchema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, MemberSchema>>;
  readonly required?: readonly string[];
  readonly items?: MemberSchema;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

const rowsOfMembers = ({ properties = {}, required = [] }: MemberSchema, at: string): readonly string[][] =>
  Object.entries(properties).flatMap(([name, schema]) => {
    const path = `${at}${name}`;
    const limits = [limitsOf(schema), required.includes(name) ? '' : 'optional'].filter((one) => one !== '');
    const below = schema.type === 'array' ? rowsOfMembers(schema.items ?? {}, `${path}[].`) : [];
    return [
      [code(path), descriptionOf(schema), limits.join(', ')],
      ...below,
      ...rowsOfMembers(schema, `${path}.`),
    ];
  });

const limitsOf = ({ maxLength, minItems, maxItems, minimum, maximum }: MemberSchema): string => {
  if (minimum !== undefined && maximum !== undefined) return `${minimum} to ${maximum}`;
  if (minItems !== undefined && maxItems !== undefined) return `${minItems} to ${maxItems}`;
  return maxLength === undefined ? '' : `${maxLength} characters`;
};

const fixedLimits = (): string => table(['what', 'at most', 'beyond'], FIXED_LIMITS);

/** The functions that write the tables, by the name in the marker. */
export const TABLES: Readonly<Record<string, () => string>> = {
  operations,
  configuration,
  'fixed limits': fixedLimits,
  lesson,
  profiles,
  'unreachable networks': unreachableNetworks,
};

/** The keys of the configuration schema, sections included, that have no description. */
export const undescribedKeys = (): readonly string[] => {
  const visit = (schema: unknown, path: string): string[] => {
    if (typeof schema !== 'object' || schema === null) return [];
    const { properties, description } = schema as { properties?: object; description?: string };
    const own = path !== '' && !description ? [path] : [];
    return [
      ...own,
      ...Object.entries(properties ?? {}).flatMap(([key, child]) => visit(child, `${path}.${key}`)),
    ];
  };
  return visit(ConfigSchema, '');
};
