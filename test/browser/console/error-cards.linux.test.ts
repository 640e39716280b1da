/**
 * The seven documented codes of WSASendDisconnect, as the console explains them.
 * https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasenddisconnect
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import type { ProviderName } from '../../../src/winsock/protocol-info.js';
import { startDaemon, startSession, type TestSession, type TestSocket } from '../../scenarios/test-daemon.js';
import {
  callButton,
  errorCardOf,
  formOf,
  goTo,
  openConsole,
  shows,
  submitOf,
  unexpected,
} from './console-page.js';

const MICROSOFT = 'https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasenddisconnect';

/** A way to the code from one end of a connection, whose view the page shows. */
interface Case {
  readonly code: number;
  readonly name: string;
  readonly provider: ProviderName;
  /** `version` of startup. */
  readonly version?: string;
  /** What the card says to do next. */
  readonly next: RegExp;
  /** What is done before the call, outside the page. */
  prepare?(session: TestSession, socket: TestSocket): Promise<unknown>;
  /** What is entered in the form. */
  readonly data?: { readonly text: string; readonly len?: string };
  /** What is undone afterwards. */
  finish?(socket: TestSocket): Promise<unknown>;
}

const CASES: readonly Case[] = [
  {
    code: 10093,
    name: 'WSANOTINITIALISED',
    provider: 'posix',
    next: /Call startup first/,
    prepare: (session) => session.ok('cleanup'),
  },
  {
    code: 10050,
    name: 'WSAENETDOWN',
    provider: 'posix',
    next: /An armed fault made this failure; remove it.*The same call may succeed later/s,
    prepare: (session, { id: socketId }) =>
      session.arm({ socketId, operation: 'sendDisconnect', effect: 'fail', code: 'WSAENETDOWN', times: 1 }),
  },
  {
    code: 10042,
    name: 'WSAENOPROTOOPT',
    provider: 'posix',
    next: /Leave out what the provider lacks/,
    data: { text: 'bye' },
  },
  {
    code: 10036,
    name: 'WSAEINPROGRESS',
    provider: 'posix',
    version: '1.1',
    next: /The same call may succeed later/,
    async prepare(_session, socket) {
      // It ends when the test cancels it.
      socket.answer('recv', { timeoutMs: 60_000 }).catch(() => undefined);
      await socket.untilBusy();
    },
    finish: (socket) => socket.ok('cancel'),
  },
  {
    code: 10057,
    name: 'WSAENOTCONN',
    provider: 'posix',
    next: /Connect the socket first/,
  },
  {
    code: 10038,
    name: 'WSAENOTSOCK',
    provider: 'lab',
    next: /Open a new socket/,
    prepare: (_session, socket) => socket.ok('close'),
  },
  {
    code: 10014,
    name: 'WSAEFAULT',
    provider: 'lab',
    next: /Correct the length/,
    data: { text: 'bye', len: '4' },
  },
];

/** Makes the call with the form of the page. */
const sendDisconnect = async (page: Page, data: Case['data']): Promise<void> => {
  await callButton(page, 'sendDisconnect').click();
  const form = formOf(page, 'sendDisconnect');
  await form.getByText('More parameters').click();
  if (data !== undefined) {
    const group = form.getByRole('group', { name: 'disconnectData' });
    await group.getByLabel('The bytes', { exact: true }).fill(data.text);
    if (data.len !== undefined) await group.getByLabel(/^len/).fill(data.len);
  }
  await submitOf(page, 'sendDisconnect').click();
};

test('the card of each code has the meaning, the reason, what to do next, and pages', async (t) => {
  const daemon = await startDaemon(t);
  const visited = await openConsole(t, daemon.url);
  if (visited === undefined) return;
  const { page, errors } = visited;
  for (const { code, name, provider, version, next, prepare, data, finish } of CASES) {
    await t.test(`${name} ${code}`, async () => {
      const session = await startSession(daemon, provider, version === undefined ? {} : { version });
      const socket = name === 'WSAENOTCONN' ? await session.stream() : (await session.pair())[0];
      await goTo(page, `socket=${socket.id}`);
      // The view of this socket, not of the one before.
      await page.locator('main').getByTitle(socket.id).first().waitFor();
      await callButton(page, 'sendDisconnect').waitFor();
      await prepare?.(session, socket);

      await sendDisconnect(page, data);
      const card = errorCardOf(page, 'sendDisconnect');
      await shows(card.getByRole('heading'), new RegExp(`^${name} ${code}$`));
      const text = await card.innerText();
      assert.match(text, /Why here\s+\S/);
      assert.match(text, /What to do next\s+\S/);
      assert.match(text, next);
      const links = await card
        .getByRole('link')
        .evaluateAll((all) => all.map((link) => link.getAttribute('href')));
      assert.deepEqual(links, [`/problems/${name}`, MICROSOFT]);
      await finish?.(socket);
      assert.deepEqual(unexpected(errors), []);
    });
  }
});

test('what is wrong with a parameter that is folded away unfolds it', async (t) => {
  const daemon = await startDaemon(t);
  const socket = await (await startSession(daemon, 'lab')).stream();
  const visited = await openConsole(t, daemon.url);
  if (visited === undefined) return;
  const { page } = visited;
  await goTo(page, `socket=${socket.id}`);
  await callButton(page, 'send').click();
  const form = formOf(page, 'send');
  await form.getByText('More parameters').click();
  await form.getByLabel('timeoutMs').fill('soon');
  await form.getByText('More parameters').click();
  await submitOf(page, 'send').click();
  await shows(form.getByRole('alert'), 'timeoutMs is not a number.');
});
