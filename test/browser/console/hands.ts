/** Two ways to use a page, so that the same test runs with each. */
import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';

/** What a person does with a control that the page shows. */
export interface Hands {
  /** Presses a button, follows a link, opens what is folded. */
  press(control: Locator): Promise<void>;
  /** Chooses in a list. */
  choose(list: Locator, value: string): Promise<void>;
}

/** A person with a mouse. */
export const mouse: Hands = {
  press: (control) => control.click(),
  async choose(list, value) {
    await list.selectOption(value);
  },
};

/** A person with nothing but a keyboard: Tab, Enter and arrows. */
export const keyboard: Hands = {
  async press(control) {
    await reach(control);
    await control.page().keyboard.press('Enter');
  },
  async choose(list, value) {
    await reach(list);
    for (let presses = 0; (await list.inputValue()) !== value; presses++) {
      assert.ok(presses < 30, `the arrows do not lead to ${value}`);
      await list.page().keyboard.press('ArrowDown');
    }
  },
};

/** How far a control is from the focus: so many controls after it, or before it if the number is negative. */
const distance = (control: Locator): Promise<number> =>
  control.evaluate((element) => {
    const { activeElement } = element.ownerDocument;
    if (activeElement === null || activeElement === element) return 0;
    const selector = 'a[href], button:enabled, input:enabled, select:enabled, textarea:enabled, summary';
    const all = [...element.ownerDocument.querySelectorAll(selector)].filter((one) => one.checkVisibility());
    // The content has the focus after a link, without being a control: then it stands before the first one in it.
    const isBefore = (one: typeof element): boolean =>
      (one.compareDocumentPosition(activeElement) & one.DOCUMENT_POSITION_FOLLOWING) !== 0;
    const [from, to] = [all.indexOf(activeElement), all.indexOf(element)];
    return to - (from === -1 ? all.filter(isBefore).length - (isBefore(element) ? 0 : 1) : from);
  });

/** Leads the focus to a control, by Tab or backwards. */
const reach = async (control: Locator): Promise<void> => {
  await control.waitFor();
  const { keyboard: keys } = control.page();
  // Once if the distance is right; a page that changes meanwhile may need more.
  for (let tries = 0; tries < 10; tries++) {
    const tabs = await distance(control);
    if (tabs === 0) return;
    const key = tabs > 0 ? 'Tab' : 'Shift+Tab';
    await Promise.all(Array.from({ length: Math.abs(tabs) }, () => keys.press(key)));
  }
  assert.fail(`Tab does not lead to ${control}`);
};

/** The focus is somewhere: the next Tab does not begin at the top of the page. */
export const assertFocused = async (page: Page, after: string): Promise<void> => {
  const focused = await page.evaluate('document.activeElement?.tagName');
  assert.notEqual(focused, 'BODY', `the focus is lost after ${after}`);
};
