import { render } from 'preact';
import { App } from './app.js';
import { DaemonLink } from './connection/daemon-link.js';
import { takeFromAddress } from './connection/token.js';
import { keepFocus } from './kept-focus.js';
import { LinkContext } from './link-context.js';
import { place, placeIn } from './place.js';
import './page.css';

const fromAddress = takeFromAddress();
place.value = placeIn(location.hash);
const link = new DaemonLink(fromAddress);
addEventListener('hashchange', () => {
  // A link with a token may also be opened in a tab that shows the page already.
  const { token, other } = takeFromAddress();
  if (other !== undefined) link.otherToken.value = other;
  else if (token !== undefined && !link.isFor(token)) link.signIn(token);
  place.value = placeIn(location.hash);
});

const root = document.getElementById('page');
if (root) {
  keepFocus(root);
  render(
    <LinkContext.Provider value={link}>
      <App />
    </LinkContext.Provider>,
    root,
  );
}
