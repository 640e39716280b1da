/** The console of the daemon as a Windows program: the sockets that it drives are those of Winsock. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { visit } from '../browser/browser.js';
import { signIn } from '../browser/console/console-page.js';
import { mouse } from '../browser/console/hands.js';
import { converse } from '../browser/console/person.js';
import { canRun } from '../remote/requirements.js';
import { noWine, windowsDaemon } from './windows-daemon.js';

/** Determined before the tests, because the first preparation takes longer than any of them. */
const against = await noWine();

test('a conversation of ws2_32 sockets by the page of a Windows daemon', async (t) => {
  if (!canRun(t, against)) return;
  const daemon = await windowsDaemon(t, ['start']);
  const visited = await visit(t);
  if (visited === undefined) return;
  const { page, errors, requests } = visited;
  await signIn(page, daemon.url, daemon.token);
  await converse(page, mouse, 'ws2_32');
  assert.deepEqual(errors, []);
  assert.deepEqual(
    requests.filter((url) => new URL(url).origin !== daemon.url),
    [],
  );
  assert.deepEqual((await daemon.api.ok.get('/v1/sessions')).sessions, []);
  assert.equal(await daemon.interrupt(), 0);
});
