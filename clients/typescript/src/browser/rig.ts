import type { ProviderName } from '../core/operations.gen.js';
import { Rig as CoreRig, openRig } from '../core/rig.js';
import type { Session as CoreSession, Ends } from '../core/session.js';
import { checkedSettings } from '../core/settings.js';
import { Connection } from './connection.js';
import { Listener } from './listener.js';
import { BrowserPlatform } from './platform.js';

export interface RigOptions {
  /** Where the daemon is, such as `http://127.0.0.1:10093`. */
  readonly url: string;
  readonly token: string;
  /** Allows a URL without TLS to another machine. Then everybody on the way can read the token. */
  readonly insecure?: boolean | undefined;
  /** Of the sockets that name none: `ws2_32`, `posix` or `lab`; the daemon's default unless given. */
  readonly provider?: ProviderName | undefined;
}

const ENDS: Ends<Connection, Listener> = {
  connection: (connected) => new Connection(connected),
  listener: (socket, address) => new Listener(socket, address),
};

export type Session = CoreSession<Connection, Listener>;

/** A daemon of winsockd, as a page in a browser has it. */
export class Rig extends CoreRig<Connection, Listener> {
  /**
   * Opens the way to a daemon, and begins a session.
   *
   * @throws TypeError for wrong settings; RigLostError if nobody answers, or the page's origin is not allowed;
   *   RefusedError for a wrong token
   */
  static async open({ url, token, insecure = false, provider }: RigOptions): Promise<Rig> {
    const platform = new BrowserPlatform(checkedSettings(url, token, insecure));
    return new Rig(await openRig(platform, ENDS, provider));
  }
}
