import { type Signal, signal } from '@preact/signals';
import { Rig } from '../../model/rig.js';
import type { About, Call, Outcome, Problem } from '../../model/types.js';
import { saveFile } from '../save-file.js';
import { LookProblem, look } from './look.js';
import { RpcClient } from './rpc-client.js';
import { Snapshot } from './snapshot.js';
import { type FromAddress, forgetToken, keepToken } from './token.js';

/** `GET /v1`, with the owner of the token. */
export type AboutMe = About & { readonly owner?: string };

/** Where the page stands with the daemon. */
export type Status =
  | { readonly kind: 'signedOut'; readonly problem?: Problem }
  | { readonly kind: 'connecting' }
  | { readonly kind: 'open'; readonly about: AboutMe }
  | { readonly kind: 'lost'; readonly why: string };

/** A call that this page has made, and its outcome once it has one. */
export interface MadeHere {
  readonly call: Call;
  readonly outcome?: Outcome;
}

/** How long the page waits before it tries again, milliseconds; the last one for all further times. */
const RETRY_MS = [500, 1000, 2000, 5000];

/** How often the leases of all sessions are looked at, milliseconds. */
const LEASES_MS = 10_000;

/** The least time between two redraws when many events arrive, milliseconds. What a person does is drawn at once. */
const REDRAW_MS = 250;

/** Close code of a daemon that stops. */
const DRAINING = 1001;

/**
 * The page's link to the daemon: the token, the WebSocket, and the rig that its events keep up to date. It
 * connects again by itself, and tells when the daemon was restarted meanwhile.
 */
export class DaemonLink {
  readonly status = signal<Status>({ kind: 'signedOut' });
  /** Changes when the rig has changed, a few times a second at most. */
  readonly version = signal(0);
  readonly rig = signal(new Rig());
  /** The last call that this page has made. */
  readonly lastCall = signal<MadeHere | undefined>(undefined);
  /** When the daemon was restarted while the page was open; undefined: it was not, or the person has read it. */
  readonly restartedAt = signal<string | undefined>(undefined);
  /** A token of a link that differs from the tab's own: the person decides. */
  readonly otherToken: Signal<string | undefined>;
  /** The sessions that this page has called over its WebSocket, which holds their leases. */
  readonly held = signal<ReadonlySet<string>>(new Set());
  /** How far the daemon's clock is ahead of this machine's, milliseconds. */
  clockAheadMs = 0;
  #token = '';
  #rpc: RpcClient | undefined;
  #snapshot: Snapshot | undefined;
  #startedAt: string | undefined;
  #tries = 0;
  #timer = 0;
  #isRedrawAsked = false;
  #drawnAt = Number.NEGATIVE_INFINITY;

  /** @param from what the address of the page says */
  constructor({ token, other }: FromAddress) {
    this.otherToken = signal<string | undefined>(undefined);
    setInterval(() => this.#lookAtLeases(), LEASES_MS);
    if (token !== undefined) this.signIn(token);
    // Afterwards: to sign in settles the question.
    this.otherToken.value = other;
  }

  /** Signs in with a token; the daemon may refuse it. */
  signIn(token: string): void {
    this.#end();
    this.otherToken.value = undefined;
    this.#token = token;
    this.#tries = 0;
    this.#startedAt = undefined;
    void this.#connect();
  }

  /** Forgets the token and everything that the page knows. */
  signOut(problem?: Problem): void {
    this.#end();
    forgetToken();
    this.#token = '';
    this.lastCall.value = undefined;
    this.status.value = problem === undefined ? { kind: 'signedOut' } : { kind: 'signedOut', problem };
  }

  /** Makes a call over the WebSocket, and shows it as the last one. */
  async call(operation: string, params: Call['params']): Promise<Outcome> {
    const call = { operation, params };
    this.lastCall.value = { call };
    const outcome = await this.ask(operation, params);
    // A later call is shown in its place.
    if (this.lastCall.value?.call === call) this.lastCall.value = { call, outcome };
    return outcome;
  }

  /** Makes a call over the WebSocket without showing it: for batches of lessons and for reads. */
  async ask(method: string, params: Call['params']): Promise<Outcome> {
    const outcome = (await this.#rpc?.call(method, params)) ?? { ok: false, problem: NOT_CONNECTED };
    // What it has changed is drawn without a wait.
    this.#drawnAt = Number.NEGATIVE_INFINITY;
    const sessionId = this.#sessionOf(params, outcome);
    if (sessionId !== undefined && !this.held.value.has(sessionId)) {
      this.held.value = new Set([...this.held.value, sessionId]);
    }
    return outcome;
  }

  /** GETs a path. @throws LookProblem, TypeError */
  look(path: string): Promise<Response> {
    return look(this.#token, path);
  }

  /** Downloads an export of the daemon as a file. A refusal is shown in place of the last call's answer. */
  async download(path: string, name: string): Promise<void> {
    try {
      saveFile(name, await (await this.look(path)).blob());
    } catch (error) {
      const problem = error instanceof LookProblem ? error.problem : NOT_CONNECTED;
      this.lastCall.value = { call: { operation: name, params: {} }, outcome: { ok: false, problem } };
    }
  }

  /** Reads the rig anew, as after a gap in its events. */
  readAgain(): void {
    this.#snapshot?.lookAtAll();
  }

  #sessionOf(params: Call['params'], outcome: Outcome): string | undefined {
    const given = params.sessionId ?? (outcome.ok ? outcome.result.sessionId : undefined);
    if (typeof given === 'string') return given;
    const socketId = typeof params.socketId === 'string' ? params.socketId : '';
    return this.rig.value.sockets.get(socketId)?.sessionId;
  }

  async #connect(): Promise<void> {
    const token = this.#token;
    this.status.value = { kind: 'connecting' };
    try {
      const about = (await (await look(token, '/v1')).json()) as AboutMe;
      const rpc = await RpcClient.open(token, {
        onEvent: (kind, event) => this.#onEvent(kind, event),
        onClose: (code) => {
          if (this.#rpc === rpc) this.#onLost(code === DRAINING ? 'The daemon stops.' : NO_ANSWER);
        },
      });
      if (token !== this.#token) return rpc.close();
      await this.#begin(rpc, about);
    } catch (error) {
      if (token !== this.#token) return;
      if (error instanceof LookProblem && !error.problem.retryable) this.signOut(error.problem);
      else this.#onLost(error instanceof LookProblem ? error.problem.detail : NO_ANSWER);
    }
  }

  async #begin(rpc: RpcClient, about: AboutMe): Promise<void> {
    const token = this.#token;
    keepToken(token);
    if (this.#startedAt !== undefined && this.#startedAt !== about.startedAt) {
      this.restartedAt.value = about.startedAt;
    }
    this.#startedAt = about.startedAt;
    this.#tries = 0;
    this.#rpc = rpc;
    this.held.value = new Set();
    const rig = new Rig();
    rig.setClock(about.clock);
    this.clockAheadMs = Date.parse(about.clock.wall) - Date.now();
    this.rig.value = rig;
    const snapshot = new Snapshot(
      rig,
      // A look that is under way at the sign-out keeps its token: without any, the daemon would refuse it.
      (path) => look(token, path),
      () => this.#onChange(),
    );
    this.#snapshot = snapshot;
    // Before the first look, so that nothing is missed between the two.
    await rpc.call('rpc.subscribe', {});
    await snapshot.lookAtAll();
    if (this.#rpc === rpc) this.status.value = { kind: 'open', about };
    this.#onChange();
  }

  #onEvent(kind: string, event: unknown): void {
    if (this.rig.value.apply(kind, event) === 'again') this.readAgain();
    this.#snapshot?.follow();
    this.#onChange();
  }

  #onLost(why: string): void {
    this.#rpc = undefined;
    this.#snapshot?.stop();
    this.status.value = { kind: 'lost', why };
    const wait = RETRY_MS[Math.min(this.#tries++, RETRY_MS.length - 1)];
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#connect(), wait);
  }

  #end(): void {
    clearTimeout(this.#timer);
    const rpc = this.#rpc;
    this.#rpc = undefined;
    rpc?.close();
    this.#snapshot?.stop();
    this.#snapshot = undefined;
    this.rig.value = new Rig();
  }

  /** Draws the rig anew: in the next frame, or after a while if it was drawn just now. */
  #onChange(): void {
    if (this.#isRedrawAsked) return;
    this.#isRedrawAsked = true;
    const draw = (): void => {
      this.#isRedrawAsked = false;
      this.#drawnAt = performance.now();
      this.version.value++;
    };
    const wait = this.#drawnAt + REDRAW_MS - performance.now();
    if (wait > 0) setTimeout(() => requestAnimationFrame(draw), wait);
    else requestAnimationFrame(draw);
  }

  #lookAtLeases(): void {
    if (this.status.value.kind === 'open' && !document.hidden) this.#snapshot?.lookAtSessions();
  }
}

const NO_ANSWER = 'The daemon does not answer.';

const NOT_CONNECTED: Problem = {
  type: 'about:blank',
  title: 'The page is not connected',
  status: 0,
  detail: 'The call was not made. The page connects again by itself as soon as the daemon answers.',
  instance: '',
};
