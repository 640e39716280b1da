/** Where a tab keeps its token: until it is closed, for no other tab and no other origin. */
const KEY = 'winsockd.token';

/** What the address of the page has said about the token. */
export interface FromAddress {
  /** The token to sign in with. */
  readonly token?: string;
  /** Another token than the one of this tab: the person decides. */
  readonly other?: string;
}

/**
 * Takes the token out of the fragment of the address and of the history, before anything else runs. A tab that
 * is signed in keeps its token: a link could otherwise make a person act as somebody else.
 */
export const takeFromAddress = (): FromAddress => {
  const kept = sessionStorage.getItem(KEY) ?? undefined;
  const parts = new URLSearchParams(location.hash.slice(1));
  const given = parts.get('token') ?? undefined;
  if (given !== undefined) {
    parts.delete('token');
    const rest = parts.toString();
    history.replaceState(null, '', `${location.pathname}${rest === '' ? '' : `#${rest}`}`);
  }
  if (kept === undefined) {
    if (given === undefined) return {};
    // At once: it is in the address no more, and the page may be loaded again before it is accepted.
    keepToken(given);
    return { token: given };
  }
  return given === undefined || given === kept ? { token: kept } : { token: kept, other: given };
};

/** Keeps the token for reloads of this tab. What the tab has kept for another token is forgotten. */
export const keepToken = (token: string): void => {
  if (sessionStorage.getItem(KEY) !== token) sessionStorage.clear();
  sessionStorage.setItem(KEY, token);
};

/** Forgets the token, and all else that the tab has kept for its person: the tab is signed out. */
export const forgetToken = (): void => sessionStorage.clear();

/** The token as a subprotocol of a WebSocket, the only place where a page can put it. */
export const subprotocolOf = (token: string): string => {
  const bytes = new TextEncoder().encode(token);
  const base64 = btoa(String.fromCharCode(...bytes));
  return `winsockd.token.${base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')}`;
};
