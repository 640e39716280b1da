/** A person at the console, who does everything by what the page shows. */
import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import { callButton, formOf, resultOf, shows, socketRows, submitOf } from './console-page.js';
import { assertFocused, type Hands } from './hands.js';

/** A person at the page. */
export class Person {
  readonly #page: Page;
  readonly #hands: Hands;

  constructor(page: Page, hands: Hands) {
    this.#page = page;
    this.#hands = hands;
  }

  /** Presses a button that makes a call at once. */
  async press(name: string): Promise<void> {
    await this.#hands.press(this.#page.getByRole('button', { name, exact: true }));
  }

  /** Opens the sockets, on a provider, with one form. */
  async openSockets(provider: string, count: number): Promise<void> {
    await this.press('New socket');
    const form = formOf(this.#page, 'socket');
    if (provider === 'lab') {
      await this.#hands.press(form.getByText('More parameters'));
      await this.#hands.choose(form.getByLabel('provider'), provider);
    }
    for (let n = 1; n <= count; n++) {
      await this.#hands.press(submitOf(this.#page, 'socket'));
      await socketRows(this.#page)
        .nth(n - 1)
        .waitFor();
      await assertFocused(this.#page, 'socket');
    }
  }

  /** Goes to the view of a socket, by its row in the rig. */
  async goToSocket(row: number): Promise<void> {
    await this.goToRig();
    await this.#hands.press(socketRows(this.#page).nth(row).getByRole('link').first());
    await this.#page.getByRole('heading', { name: 'Socket' }).waitFor();
    await assertFocused(this.#page, 'a link');
  }

  async goToRig(): Promise<void> {
    await this.#hands.press(this.#page.getByRole('link', { name: 'Rig' }));
    await this.#page.getByRole('heading', { name: 'Rig' }).waitFor();
    await assertFocused(this.#page, 'a link');
  }

  /** Makes a call of the socket whose view is shown, with the values that its form suggests. */
  async call(operation: string): Promise<Locator> {
    await this.#hands.press(callButton(this.#page, operation));
    await this.#hands.press(submitOf(this.#page, operation));
    const result = resultOf(this.#page, operation);
    await result.waitFor();
    await assertFocused(this.#page, operation);
    return result;
  }

  /** Closes the first socket of the rig, of so many. */
  async closeFirst(of: number): Promise<void> {
    await this.#hands.press(socketRows(this.#page).first().getByRole('button', { name: 'Close' }));
    await socketRows(this.#page)
      .nth(of - 1)
      .waitFor({ state: 'detached' });
    await assertFocused(this.#page, 'close');
  }
}

/** A whole conversation, from startup to the end of the session. */
export const converse = async (page: Page, hands: Hands, provider: string): Promise<void> => {
  const person = new Person(page, hands);
  await person.press('New session');
  await person.openSockets(provider, 2);
  const kinds = await socketRows(page).locator('td:nth-child(4)').allInnerTexts();
  assert.deepEqual(kinds, [provider, provider]);
  const [listener, client, server] = [0, 1, 2];

  await person.goToSocket(listener);
  await shows(await person.call('bind'), /127\.0\.0\.1/);
  await person.call('listen');
  await person.goToSocket(client);
  await person.call('connect');
  await person.goToSocket(listener);
  await person.call('accept');

  await person.goToSocket(client);
  await shows(await person.call('send'), /bytesSent\s*5/);
  await person.goToSocket(server);
  await shows(await person.call('recv'), /"?hello"?/);
  await person.call('sendDisconnect');
  await person.goToSocket(client);
  await shows(await person.call('recv'), /eof\s*true/);

  await person.goToRig();
  await shows(socketRows(page).nth(client), /sending open|peer ended/);
  for (const left of [3, 2, 1]) await person.closeFirst(left);
  await person.press('End session');
  await page.getByText('There is no session yet').waitFor();
  await assertFocused(page, 'endSession');
};
