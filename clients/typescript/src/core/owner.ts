import type { Calls } from './calls.js';
import type { ProviderName } from './operations.gen.js';
import type { Platform } from './platform.js';

/** The session that sockets, faults and relays belong to, with the way to its daemon. */
export class Owner {
  readonly calls: Calls;
  readonly platform: Platform;
  readonly sessionId: string;
  /** Of the sockets that name none; the daemon's default if undefined. */
  readonly provider: ProviderName | undefined;
  #ending: Promise<void> | undefined;

  constructor(calls: Calls, platform: Platform, sessionId: string, provider: ProviderName | undefined) {
    this.calls = calls;
    this.platform = platform;
    this.sessionId = sessionId;
    this.provider = provider;
  }

  /** Whether this side has ended the session, or closed its rig. */
  get isEnded(): boolean {
    return this.#ending !== undefined || this.calls.connection.wasClosed;
  }

  /** Ends the session. Ending it again does nothing, unless it failed. */
  end(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #end(): Promise<void> {
    if (this.calls.connection.isClosed) return;
    try {
      await this.calls.call('endSession', { sessionId: this.sessionId });
    } catch (error) {
      this.#ending = undefined;
      throw error;
    }
  }
}
