/** The network view of the console in a real browser: the link, the clock, faults and relays of a session. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Page } from 'playwright-core';
import type { Body } from '../http/client.js';
import { ALICE, loopback, startDaemon, startSession, type TestDaemon } from '../scenarios/test-daemon.js';
import { type Visit, visit } from './browser.js';

const open = (page: Page, url: string, sessionId?: string): Promise<unknown> =>
  page.goto(`${url}/#token=${ALICE}&network${sessionId === undefined ? '' : `=${sessionId}`}`);

const shows = (page: Page, text: string | RegExp): Promise<void> =>
  page.getByText(text).first().waitFor({ state: 'visible' });

const press = (page: Page, name: string | RegExp): Promise<void> =>
  page.getByRole('button', { name, exact: true }).click();

const isRead = ({ operation, parameters = {} }: Body): boolean =>
  operation === 'setLabLink' && Object.keys(parameters).length === 0;

/** What a person does with the network of a session, in a page that is empty at first. */
type Use = (daemon: TestDaemon, visited: Visit, t: TestContext) => Promise<void>;

const USES: Readonly<Record<string, Use>> = {
  async 'the link is set, cut and healed, a second page follows, and reads are no endless calls'(
    daemon,
    first,
    t,
  ) {
    const session = await startSession(daemon, 'lab');
    const second = await visit(t);
    assert.ok(second);
    for (const { page } of [first, second]) {
      await open(page, daemon.url, session.id);
      await shows(page, 'The network is connected, no latency, no limit of the rate, no loss.');
    }
    await first.page.getByLabel('Latency (ms)').fill('123');
    await press(first.page, 'Set the link');
    await shows(first.page, 'The link is set. The network is connected, latency 123 ms');
    assert.equal((await session.ok('labLink')).latencyMs, 123);
    await shows(second.page, 'The network is connected, latency 123 ms');
    await press(second.page, 'Cut');
    await shows(first.page, 'The network is cut: nothing passes, latency 123 ms');
    assert.equal((await session.ok('labLink')).partition, true);
    await press(first.page, 'Heal');
    await shows(second.page, 'The network is connected, latency 123 ms');
    await press(second.page, 'Lossy 20 %');
    await shows(first.page, 'no limit of the rate, 20 % of the datagrams lost (seed 1).');
    const { entries } = await daemon.api.ok.get(`${session.path}/journal`);
    const reads = entries.filter(isRead);
    assert.equal(reads.length, 2 + 2, 'one of each page, and two of the test');
    assert.deepEqual([...first.errors, ...second.errors], []);
  },
  async 'the clock runs until it is advanced; then it tells its time and what ran'(daemon, { page, errors }) {
    const session = await startSession(daemon, 'lab');
    await open(page, daemon.url, session.id);
    await shows(page, 'It runs by itself.');
    await press(page, 'Stop the clock');
    await shows(page, 'The clock stands still. It shows');
    const { timeMs } = await session.ok('labClock', { advanceMs: 0 });
    await session.ok('labLink', { latencyMs: 500 });
    const [receiver, sender] = [await session.datagram(), await session.datagram()];
    await receiver.ok('bind', { address: loopback('AF_INET', 0) });
    await sender.ok('sendTo', { address: await receiver.sockName(), data: { text: 'late' } });
    await press(page, 'Advance by 1 s');
    await shows(page, /The clock went on by 1 s\. It shows .*; 1 event ran\./);
    assert.equal((await session.ok('labClock', { advanceMs: 0 })).timeMs, timeMs + 1000);
    await session.ok('labClock', { advanceMs: 7_200_000 });
    await shows(page, /It stands still at 2 h .*since the network began/);
    assert.deepEqual(errors, []);
  },
  async 'three clicks arm a fault; its hits are counted; a second page sees it; it is removed'(
    daemon,
    first,
    t,
  ) {
    const session = await startSession(daemon, 'lab');
    const [client, server] = await session.pair();
    const second = await visit(t);
    assert.ok(second);
    for (const { page } of [first, second]) {
      await open(page, daemon.url, session.id);
      await shows(page, 'No fault is armed');
    }
    await press(first.page, 'Arm a fault');
    await first.page.getByRole('button', { name: 'The next send fails' }).click();
    await press(first.page, 'Arm it');
    await shows(first.page, 'Armed flt_1: The next send fails with WSAENETDOWN.');
    assert.equal((await client.problem('send', { data: { text: 'x' } })).name, 'WSAENETDOWN');
    for (const { page } of [first, second]) {
      const row = page.getByRole('row', { name: /flt_1/ });
      await row.getByText('spent: it hits no more').waitFor();
      assert.deepEqual(await row.locator('.number').allTextContents(), ['1', '1']);
    }
    await first.page.getByRole('button', { name: 'Remove flt_1' }).click();
    await shows(first.page, 'Removed flt_1: The next send fails with WSAENETDOWN.');
    await shows(second.page, 'No fault is armed');

    await press(second.page, 'Arm a fault');
    await second.page.getByRole('button', { name: 'Short sends' }).click();
    await second.page.getByLabel('every', { exact: true }).fill('1');
    await second.page.getByLabel('Where it acts').selectOption(server.id);
    await press(second.page, 'Arm it');
    await shows(second.page, 'Armed flt_2: Each send moves at most 1 byte.');
    assert.equal((await client.ok('send', { data: { text: 'all' } })).bytesSent, 3, 'another socket');
    assert.equal((await server.ok('send', { data: { text: 'all' } })).bytesSent, 1);
    await press(first.page, 'Remove all faults and relays');
    await shows(first.page, 'Removed all faults (1) and ended all relays (0).');
    assert.deepEqual((await daemon.api.ok.get(`${session.path}/faults`)).faults, []);
    assert.deepEqual([...first.errors, ...second.errors], []);
  },
  async 'the keyboard alone arms and removes a fault, and the focus is never lost'(daemon, { page, errors }) {
    const session = await startSession(daemon, 'lab');
    await open(page, daemon.url, session.id);
    await page.getByRole('button', { name: 'Arm a fault' }).press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.locator('h3:focus', { hasText: 'The next send fails' }).waitFor();
    await page.getByRole('button', { name: 'Arm it' }).press('Enter');
    await page.locator('button:focus', { hasText: 'Arm a fault' }).waitFor();
    await page.getByRole('button', { name: 'Remove flt_1' }).press('Enter');
    await page.locator('h2:focus', { hasText: 'Faults' }).waitFor();
    await page.getByRole('button', { name: 'Cut' }).press('Enter');
    await page.locator('button:focus', { hasText: 'Heal' }).waitFor();
    assert.deepEqual(errors, []);
  },
  async 'the list leads to live sessions, and one that has ended says so'(daemon, { page, errors }) {
    await open(page, daemon.url);
    await shows(page, 'There is no session whose network could be changed.');
    const session = await startSession(daemon, 'lab');
    await page.getByRole('link', { name: /^Session/ }).click();
    await shows(page, 'No fault is armed');
    await daemon.api.ok.delete(session.path);
    await shows(page, 'The session has ended');
    assert.deepEqual(errors, []);
  },
  async 'a relay is one line, with its connections, and can be ended'(daemon, { page, errors }) {
    const session = await startSession(daemon, 'lab');
    const [listener, upstream] = [await session.listener(), await session.listener()];
    await listener.ok('relay', { upstream: await upstream.sockName(), provider: 'lab' });
    await open(page, daemon.url, session.id);
    await shows(page, '0 open, 0 ended connections');
    const client = await session.stream();
    await client.ok('connect', { address: await listener.sockName() });
    await upstream.accept();
    await shows(page, '1 open, 0 ended connections');
    await page.getByRole('button', { name: /^End the relay/ }).click();
    await shows(page, /^Ended the relay/);
    assert.deepEqual(errors, []);
  },
  async 'what the daemon refuses is shown as text, and the form stays'(daemon, { page }) {
    const session = await startSession(daemon, 'lab');
    await open(page, daemon.url, session.id);
    await press(page, 'Arm a fault');
    await page.getByRole('button', { name: 'The next send fails' }).click();
    await page.getByLabel('times', { exact: true }).fill('0');
    await press(page, 'Arm it');
    await page.getByRole('status').filter({ hasText: 'times' }).waitFor();
    assert.equal(await page.getByLabel('times', { exact: true }).inputValue(), '0');
    await page.getByLabel('Latency (ms)').fill('1.5');
    await page.getByLabel('Latency (ms)').press('Enter');
    await page.getByRole('status').filter({ hasText: 'latencyMs' }).waitFor();
  },
};

test('the network view', async (t) => {
  const daemon = await startDaemon(t);
  const visited = await visit(t);
  if (visited === undefined) return;
  for (const [name, use] of Object.entries(USES)) {
    await t.test(name, async (t) => {
      // The page is loaded anew, and the sessions of the use before are gone.
      await visited.page.goto('about:blank');
      const { sessions } = await daemon.api.ok.get('/v1/sessions');
      for (const { sessionId } of sessions) await daemon.api.ok.delete(`/v1/sessions/${sessionId}`);
      await use(daemon, visited, t);
    });
  }
});
