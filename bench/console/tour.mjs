/** The clicks of a person who goes through all views. */

/**
 * Makes a number of clicks, in turns through the views.
 *
 * @param {import('./tab.mjs').Tab} tab that shows the rig
 * @param {number} count
 * @returns {Promise<{ what: string, ms: number }[]>}
 */
export async function clickThrough(tab, count) {
  const clicks = [];
  for (let turn = 0; clicks.length < count; turn++) {
    for (const { what, target, effect, options } of turnOf(tab, turn)) {
      if (clicks.length === count) break;
      clicks.push({ what, ms: await tab.click(target, effect, options) });
    }
  }
  return clicks;
}

/** One turn: it begins and ends at the rig. */
function* turnOf(tab, turn) {
  const main = tab.locator('main');
  const button = (name) => main.locator(`button:text-is("${name}")`).first();
  const view = (name) => tab.locator(`nav[aria-label=Views] a:text-is("${name}")`);
  const heading = (text) => ({ selector: 'h1', text });
  const form = { selector: 'form.call-form' };
  const noForm = { ...form, isGone: true };
  const rows = (of, from) => ({ selector: `nav[aria-label="Pages of ${of}"]`, text: `${from} to` });
  const lastCall = (operation) => ({
    selector: '.last-call',
    text: `^Last call${operation}(?!It waits)`,
  });

  yield click('next page of sockets', button('Next'), rows('sockets', 11));
  yield click('next page of sockets', button('Next'), rows('sockets', 21));
  yield click('previous page of sockets', button('Previous'), { ...rows('sockets', 21), isGone: true });
  yield click('session button', button('getLastError'), lastCall('getLastError'));
  yield click('open form', button('New socket'), form);
  yield click('close form', button('Close the form'), noForm);
  yield click('session button', button('Renew'), lastCall('renewSession'));
  yield click('show what has ended', main.locator('.view-head input'), {
    selector: '.view-head input:checked',
  });
  yield click('hide what has ended', main.locator('.view-head input'), {
    selector: '.view-head input:not(:checked)',
  });
  yield click('conversation of 8', button('Of the first 8'), { selector: '.ladder-call' });
  const slider = main.locator('#conversation-slider');
  const isLive = { selector: '.conversation-time input[type=checkbox]:checked' };
  yield click('slider', slider, { ...isLive, isGone: true }, { from: 'pointerdown' });
  const selected = (row) => ({ selector: `.ladder-row:nth-child(${row}) .ladder-call[aria-current]` });
  yield click('select a row', main.locator('.ladder-call').nth(3), selected(4));
  yield click('select a row', main.locator('.ladder-call').nth(4), selected(5));
  yield click('as it happens', main.locator('.conversation-time input[type=checkbox]'), isLive);
  yield click('network', view('Network'), heading('^Network and faults$'));
  yield click('network of a session', main.locator('.network-sessions a').first(), heading('of session'));
  yield click('open presets', button('Arm a fault'), { selector: '.network-presets' });
  yield click('close presets', button('Arm no fault'), { selector: '.network-presets', isGone: true });
  yield click('rig', view('Rig'), { selector: 'table.sockets' });
  // A socket with many calls, another one in each turn.
  const link = main.locator('table.sockets tbody tr th a').nth(1 + (turn % 8));
  yield click('open a socket', link, heading('^Socket'));
  yield click('next page of calls', button('Next'), rows('calls', 21));
  const getSockName = main.locator('.socket-calls button:has-text("getSockName")');
  yield click('open form', getSockName, form);
  yield click('close form', button('Close the form'), noForm);
  yield click('rig', view('Rig'), { selector: 'table.sockets' });
}

const click = (what, target, effect, options) => ({ what, target, effect, options });
