/** The page of the clients: its rows and its programs say the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conversationIn, LANGUAGES } from '../clients/conversation.js';
import { readDocument, rowsOf } from './markdown.js';

/** The tables of the tasks, each with its heading. */
const tasks = [
  ...readDocument('docs/clients.md').matchAll(/^### (.+)\n\n(\| language \| call.*\n(?:\|.*\n)+)/gm),
];

test('there are tasks', () => assert.ok(tasks.length > 0));

for (const [, task = '', table = ''] of tasks) {
  test(`${task}: each language has a line, which is in its program`, () => {
    const rows = rowsOf(table);
    assert.deepEqual(
      rows.map(([language]) => language),
      Object.keys(LANGUAGES),
    );
    for (const [language = '', cell = ''] of rows) {
      const name = Object.entries(LANGUAGES).find(([title]) => title === language)?.[1];
      const [, call = ''] = /^`(.+)`$/.exec(cell) ?? [];
      assert.ok(name !== undefined && call !== '', language);
      assert.ok(conversationIn(name).includes(call.replaceAll('\\|', '|')), `${language}: ${call}`);
    }
  });
}
