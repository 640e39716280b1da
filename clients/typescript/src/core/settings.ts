/** Where the daemon is, and the token for it, as both ends of the client check them. */

/** Checked settings. `url` has a scheme, a host and a port only. */
export interface Settings {
  readonly url: URL;
  readonly token: string;
}

/** Visible ASCII: what an HTTP header field can carry as it is. */
const TOKEN = /^[\x21-\x7e]+$/;

/**
 * @param url the daemon's
 * @param insecure allows a URL without TLS to another machine. Then everybody on the way can read the token
 * @throws TypeError if the URL is none, or needs `insecure`, or if the token has other characters than visible
 *   ASCII. No message has the token, nor a password in a URL
 */
export const checkedSettings = (url: string, token: string, insecure: boolean): Settings => {
  const trimmed = token.trim();
  if (!TOKEN.test(trimmed)) throw new TypeError('the token has other characters than visible ASCII, or none');
  return { url: checkedUrl(url, insecure), token: trimmed };
};

const checkedUrl = (text: string, insecure: boolean): URL => {
  // Before anything names the URL: what stands there may be a password.
  if (text.includes('@')) throw new TypeError('the URL of a daemon has no user information');
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new TypeError(`${text} is not a URL such as http://127.0.0.1:10093`);
  }
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw new TypeError(`the URL of a daemon has a scheme, a host and a port only, not ${text}`);
  }
  if (url.protocol === 'http:' && !insecure && !isLoopback(url.hostname)) {
    throw new TypeError(
      `${text} has no TLS, so that others can read the token: use https, or insecure: true`,
    );
  }
  return url;
};

/** The host as URL writes it: `127.1` has become `127.0.0.1`. */
const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || /^127(\.\d+){3}$/.test(host);
