/** Where the daemon is, and the token for it, as a program in Node finds them. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { checkedSettings, type Settings } from '../core/settings.js';

const DEFAULT_URL = 'http://127.0.0.1:10093';

/** What `Rig.open` may be given. An argument comes before the environment. */
export interface GivenSettings {
  /** Where the daemon is; otherwise `WINSOCKD_URL`, otherwise `http://127.0.0.1:10093`. */
  readonly url?: string | undefined;
  /** The token; otherwise `WINSOCKD_TOKEN`, otherwise that of the token file of this user's daemon. */
  readonly token?: string | undefined;
  /** A PEM file with a certificate to trust beside those of Node; otherwise `WINSOCKD_CAFILE`. */
  readonly cafile?: string | undefined;
  /** Allows a URL without TLS to another machine. Then everybody on the way can read the token. */
  readonly insecure?: boolean | undefined;
}

/** Settings that were found and checked. */
export interface NodeSettings extends Settings {
  /** Certificates to trust beside those of Node, in PEM. */
  readonly certificates: string | undefined;
}

/** @throws TypeError if one of them is wrong, or the file has no certificate; an error of the file system if a file cannot be read */
export const findSettings = (given: GivenSettings): NodeSettings => {
  const { WINSOCKD_URL, WINSOCKD_TOKEN, WINSOCKD_CAFILE } = process.env;
  const token = given.token || WINSOCKD_TOKEN || readFileSync(tokenFile(), 'ascii');
  const cafile = given.cafile || WINSOCKD_CAFILE;
  return {
    ...checkedSettings(given.url || WINSOCKD_URL || DEFAULT_URL, token, given.insecure ?? false),
    certificates: cafile ? certificatesIn(cafile) : undefined,
  };
};

/** The text of a PEM file. That it has no certificate would show only when the daemon is not trusted, if then. */
const certificatesIn = (path: string): string => {
  const text = readFileSync(path, 'utf8');
  try {
    new X509Certificate(text);
    return text;
  } catch (error) {
    throw new TypeError(`${path} is not a PEM file with a certificate`, { cause: error });
  }
};

/** The path of the file in which a daemon of this user keeps its token. */
const tokenFile = (): string => {
  const { LOCALAPPDATA, XDG_STATE_HOME } = process.env;
  const state =
    process.platform === 'win32'
      ? LOCALAPPDATA || join(homedir(), 'AppData', 'Local')
      : XDG_STATE_HOME || join(homedir(), '.local', 'state');
  return join(state, 'winsockd', 'token');
};
