import assert from 'node:assert/strict';
import { relative } from 'node:path';
import { before, describe, it } from 'node:test';
import { OPERATIONS } from '../../src/operations/list.js';
import { CHECKOUT } from './checkout.js';
import { type Decision, decisionsIn, programOf } from './operation-names.js';

/** The list of all operations, which may name them. */
const LIST = 'src/operations/list.ts';

const OPERATION = "import type { AnyOperation } from '../operations/operation.js';\n";
const SEND = "import { send } from '../operations/transfer/send.js';\n";

/** Code that decides by the name of an operation, in a file at the edge. */
const PLANTED: readonly (readonly [how: Decision['how'], code: string])[] = [
  ['compared', `${OPERATION}export const a = ({ name }: AnyOperation) => name === 'send';`],
  ['compared', "export const a = (entry: { operation: string }) => 'send' !== entry.operation;"],
  [
    'compared',
    `export const a = (name?: string) => { switch (name) { case 'send': return 1; default: return 2; } };`,
  ],
  ['compared', `${OPERATION}${SEND}export const a = (op: AnyOperation) => op === send;`],
  ['compared', `${SEND}export const a = (name: string) => name === send.name;`],
  ['listed', "export const a = (name: string) => ['send'].includes(name);"],
  [
    'listed',
    "const A = ['send'] as const;\nexport const a = (name: string) => A.some((one) => one === name);",
  ],
  ['listed', "export const A = new Set(['send']);"],
  ['listed', "export const A: ReadonlySet<string> = new Set([...['send']]);"],
  ['listed', "export const A = new Map([['send', 1]]);"],
  ['listed', `${SEND}export const A = new Set([send]);`],
  ['a key', 'export const A: Readonly<Record<string, number>> = { send: 1 };'],
  ['a key', "export const A: Partial<Record<string, number>> = { 'send': 1 };"],
  ['a key', 'export const A = { send: () => 1 } satisfies Record<string, () => number>;'],
  ['looked up', "export const a = (names: ReadonlySet<string>) => names.has('send');"],
  ['looked up', "export const a = (byName: ReadonlyMap<string, object>) => byName.get('send');"],
  ['looked up', "export const a = (name: string) => name.startsWith('send');"],
];

/** Code that uses the same word for something else. */
const ALLOWED: readonly string[] = [
  `${OPERATION}export const a = ({ lane }: AnyOperation) => lane === 'send';`,
  `${OPERATION}export const a = (op: AnyOperation) => op.scope === 'socket';`,
  "export const a = (lane?: 'send' | 'recv') => { switch (lane) { case 'send': return 1; default: return 2; } };",
  "export const A: readonly ('send' | 'recv')[] = ['send'];",
  "export const a = (kind: 'connect' | 'bind') => ({ connect: 1, bind: 2 })[kind];",
  'export const A: { send(): void } = { send: () => {} };',
  `${SEND}export const a = () => send.winsock;`,
  "export const a = (native: (name: string) => void) => native('send');",
];

const placeOf = (i: number, kind: string): string => `src/http/${kind}-${i}.ts`;

describe('decisions by the name of an operation', () => {
  let found: readonly (Decision & { readonly at: string })[];
  before(() => {
    const planted = Object.fromEntries([
      ...PLANTED.map(([, code], i) => [placeOf(i, 'planted'), code]),
      ...ALLOWED.map((code, i) => [placeOf(i, 'allowed'), code]),
    ]);
    const names = new Set(OPERATIONS.map(({ name }) => name));
    found = decisionsIn(CHECKOUT, programOf(CHECKOUT, planted), names).map((one) => ({
      ...one,
      at: relative(CHECKOUT, one.path).replaceAll('\\', '/'),
    }));
  });

  it('occur only in the file of the operation', () => {
    assert.deepEqual(
      found
        .filter(({ at }) => at !== LIST && !/-\d+\.ts$/.test(at))
        .map(({ at, line, name, how }) => `${at}:${line}: ${name} is ${how}`),
      [],
    );
  });

  for (const [i, [how, code]] of PLANTED.entries()) {
    it(`are found (${how}): ${code.split('\n').at(-1)}`, () => {
      const kinds = found.filter(({ at }) => at === placeOf(i, 'planted')).map((one) => one.how);
      assert.deepEqual(kinds, [how]);
    });
  }

  for (const [i, code] of ALLOWED.entries()) {
    it(`are not found: ${code.split('\n').at(-1)}`, () => {
      assert.deepEqual(
        found.filter(({ at }) => at === placeOf(i, 'allowed')),
        [],
      );
    });
  }
});
