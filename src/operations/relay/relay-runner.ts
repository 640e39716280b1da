import type { Answer } from '../../daemon/answers/answer.js';
import type { Daemon } from '../../daemon/daemon.js';
import type { SocketId } from '../../daemon/ids/ids.js';
import type { Relay } from '../../daemon/relays/relay.js';
import { accept } from '../connection/accept.js';
import type { Dispatch } from '../dispatch/dispatch.js';
import { beginRules } from '../faults/fault-rules.js';
import { PumpClient } from '../pump/pump-client.js';
import { type PairParts, PairRunner } from './pair-runner.js';

/** How long a relay waits before it tries again what failed or had no room. */
const RETRY_MS = 100;
/** So many accepts may fail one after the other before the next one waits. */
const FAILURES_AT_ONCE = 16;

/**
 * Runs the relays of a daemon from now on.
 *
 * @param onBug gets what no call should throw; the relay has ended
 */
export const runRelays = (daemon: Daemon, dispatch: Dispatch, onBug: (bug: unknown) => void): void => {
  daemon.relays.joined = (socket) => beginRules(daemon, socket);
  daemon.relays.run = (relay) => {
    const fail = (bug: unknown): void => {
      relay.end('reset');
      onBug(bug);
    };
    new RelayRunner(relay, daemon, dispatch, fail).run().catch(fail);
  };
};

/** Accepts the connections of one relay. */
class RelayRunner {
  readonly #relay: Relay;
  readonly #daemon: Daemon;
  readonly #parts: PairParts;
  readonly #fail: (bug: unknown) => void;

  constructor(relay: Relay, daemon: Daemon, dispatch: Dispatch, fail: (bug: unknown) => void) {
    const { owner } = relay.listener.session;
    this.#relay = relay;
    this.#daemon = daemon;
    // In the journal, the id of the relay stands where that of a request would.
    this.#parts = {
      relay,
      daemon,
      dispatch,
      clock: daemon.clock,
      rooms: daemon.rooms,
      owner,
      requestId: relay.id,
      retryMs: RETRY_MS,
    };
    this.#fail = fail;
  }

  async run(): Promise<void> {
    const { sockets } = this.#daemon;
    for (let failures = 0; this.#relay.isLive; ) {
      if (!this.#relay.isAccepting) await this.#change();
      // A pair has two sockets.
      else if (sockets.roomOf(this.#parts.owner) < 2) await this.#change(RETRY_MS);
      else {
        const accepted = await this.#accept();
        if (accepted.ok) {
          failures = 0;
          this.#serve(accepted.value);
        } else if (this.#relay.isAccepting) {
          await this.#change(++failures < FAILURES_AT_ONCE ? 0 : RETRY_MS);
        }
      }
    }
  }

  /** Waits for a connection, until the relay may not accept. */
  async #accept(): Promise<Answer<SocketId>> {
    const { listener, acceptor, changed } = this.#relay;
    const { dispatch, owner, requestId } = this.#parts;
    const client = new PumpClient(acceptor);
    const changes = changed.subscribe(() => {
      if (!this.#relay.isAccepting) client.leave();
    });
    const params = { socketId: listener.id };
    const { answer, settle } = await dispatch(accept, { owner, params, client, requestId });
    changes.stop();
    // A connection that came at the moment of the end goes back to the queue.
    settle(this.#relay.isLive);
    if (!answer.ok) return answer;
    // The result of accept.
    const { socketId } = answer.value as { socketId: SocketId };
    return { ok: true, value: socketId };
  }

  #serve(socketId: SocketId): void {
    const socket = this.#daemon.sockets.find(socketId);
    if (!socket) return;
    const pair = this.#relay.openPair(socket);
    new PairRunner(pair, this.#parts).run(socket).catch(this.#fail);
  }

  /** Waits for a change of the relay, or for so many milliseconds. */
  #change(ms?: number): Promise<void> {
    return new Promise((resolve) => {
      const go = (): void => {
        changes.stop();
        timer?.clear();
        resolve();
      };
      const changes = this.#relay.changed.subscribe(go);
      const timer = ms === undefined ? undefined : this.#daemon.clock.setTimeout(ms, go);
    });
  }
}
