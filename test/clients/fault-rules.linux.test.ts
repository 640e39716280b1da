/** The clients that write the rules of faults by hand know all their members and effects; TypeScript has types. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CHECKOUT } from '../project/checkout.js';

const read = (path: string): string => readFileSync(join(CHECKOUT, path), 'utf8');

const { FaultRule, FaultEffect } = JSON.parse(read('openapi/openapi.json')).components.schemas;
const members = Object.keys(FaultRule.properties).filter((name) => name !== 'effect');
const effects: readonly string[] = FaultEffect.enum;

/** The file of each client, and how it writes a member. */
const CLIENTS: Readonly<Record<string, (member: string) => string>> = {
  'clients/python/src/winsockd/faults.py': (member) => `"${member}": `,
  'clients/go/faults.go': (member) => `add("${member}", `,
  'clients/csharp/src/WinsockFaultRule.cs': (member) =>
    ` ${member.replace(/^./, (first) => first.toUpperCase())} {`,
};

for (const [path, written] of Object.entries(CLIENTS)) {
  test(`${path} has every member of a rule, and names every effect`, () => {
    const text = read(path);
    assert.deepEqual(
      members.filter((member) => !text.includes(written(member))),
      [],
    );
    assert.deepEqual(
      effects.filter((effect) => !new RegExp(`\\b${effect}\\b`).test(text)),
      [],
    );
  });
}

test('a rule has members, and effects', () => assert.ok(members.includes('nth') && effects.includes('fail')));
