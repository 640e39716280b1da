import { type Signal, signal } from '@preact/signals';
import { ownProblem } from '../../model/look-problem.js';
import { Rig } from '../../model/rig.js';
import { Snapshot } from '../../model/snapshot.js';
import type { About, Call, Outcome, Problem } from '../../model/types.js';
import { loadRpcDocument } from '../rpc-document.js';
import { saveFile } from '../save-file.js';
import { LookProblem, look } from './look.js';
import { NotOpened, RpcClient } from './rpc-client.js';
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

/** What every token looks like; nothing else can be sent as one. */
const TOKEN = /^[\x21-\x7e]+$/;

/** Status of the refusal of a token. */
const UNAUTHORIZED = 401;

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
  /** What could not be done and is no call, such as the download of a file; for the person to read. */
  readonly notice = signal<string | undefined>(undefined);
  /** A token of a link that differs from the tab's own: the person decides. */
  readonly otherToken: Signal<string | undefined>;
  /** The sessions that this page has called over its WebSocket, which holds their leases. */
  readonly held = signal<ReadonlySet<string>>(new Set());
  #token = '';
  /** The number of the attempt to connect, or of the connection that it led to. */
  #attempt = 0;
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
    if (!TOKEN.test(token)) {
      this.signOut(
        ownProblem('This is no token', 'A token has printable ASCII characters only, without spaces.'),
      );
      return;
    }
    this.#end();
    this.#token = token;
    void this.#connect();
  }

  /** Whether the page is signed in, or is signing in, with this token. */
  isFor(token: string): boolean {
    return this.#token === token;
  }

  /** Forgets the token and everything that the page knows. */
  signOut(problem?: Problem): void {
    this.#end();
    forgetToken();
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
    const rpc = this.#rpc;
    if (!rpc) return { ok: false, problem: NOT_CONNECTED };
    const outcome = await rpc.call(method, params);
    // What it has changed is drawn without a wait.
    this.#drawnAt = Number.NEGATIVE_INFINITY;
    if (rpc === this.#rpc) this.#noteHeld(params, outcome);
    return outcome;
  }

  /** GETs a path. @throws LookProblem, TypeError */
  async look(path: string): Promise<Response> {
    // A view that was open at the sign-out may ask once more.
    if (this.#token === '') throw new LookProblem(NOT_CONNECTED);
    return look(this.#token, path);
  }

  /** Downloads an export of the daemon as a file. */
  async download(path: string, name: string): Promise<void> {
    try {
      saveFile(name, await (await this.look(path)).blob());
    } catch (error) {
      if (!(error instanceof LookProblem || error instanceof TypeError)) throw error;
      const why = error instanceof LookProblem ? error.problem.detail : NO_ANSWER;
      this.notice.value = `The file was not saved. ${why}`;
    }
  }

  /** Reads the rig anew, also what no event has announced. */
  readAgain(): void {
    void this.#snapshot?.lookAtAll();
  }

  /** A call that the daemon has made holds the leases of its sessions; one that it refused holds none. */
  #noteHeld(params: Call['params'], outcome: Outcome): void {
    if (!outcome.ok && outcome.problem.code === undefined) return;
    const steps = Array.isArray(params.steps) ? params.steps : [];
    const all: readonly Call['params'][] = [
      params,
      ...(outcome.ok ? [outcome.result] : []),
      ...steps.map((step) => step.params ?? {}),
    ];
    const ids = all.map((one) => this.#sessionOf(one)).filter((id) => id !== undefined);
    if (ids.some((id) => !this.held.value.has(id))) this.held.value = new Set([...this.held.value, ...ids]);
  }

  #sessionOf({ sessionId, socketId }: Call['params']): string | undefined {
    if (typeof sessionId === 'string') return sessionId;
    return typeof socketId === 'string' ? this.rig.value.sockets.get(socketId)?.sessionId : undefined;
  }

  async #connect(): Promise<void> {
    const attempt = ++this.#attempt;
    const isCurrent = (): boolean => attempt === this.#attempt;
    const token = this.#token;
    this.status.value = { kind: 'connecting' };
    try {
      // What the daemon's document says of this path.
      const about = (await (await look(token, '/v1')).json()) as AboutMe;
      if (!isCurrent()) return;
      const rpc = await RpcClient.open(token, {
        onEvent: (kind, event) => isCurrent() && this.#onEvent(kind, event),
        onClose: (code) => isCurrent() && this.#onLost(code === DRAINING ? 'The daemon stops.' : NO_ANSWER),
      });
      if (!isCurrent()) return rpc.close();
      this.#rpc = rpc;
      const snapshot = this.#begin(token, about, isCurrent);
      // Before the first look, so that nothing is missed between the two.
      const subscribed = await rpc.call('rpc.subscribe', {});
      if (!subscribed.ok) throw new LookProblem(subscribed.problem);
      await snapshot.lookAtAll();
      if (isCurrent()) this.status.value = { kind: 'open', about };
      this.#onChange();
    } catch (error) {
      if (isCurrent()) this.#onFailed(error);
    }
  }

  #begin(token: string, about: AboutMe, isCurrent: () => boolean): Snapshot {
    keepToken(token);
    void loadRpcDocument();
    if (this.#startedAt !== undefined && this.#startedAt !== about.startedAt) {
      this.restartedAt.value = about.startedAt;
    }
    this.#startedAt = about.startedAt;
    this.#tries = 0;
    const rig = new Rig();
    rig.setClock(about.clock);
    this.rig.value = rig;
    this.#snapshot = new Snapshot(rig, {
      // A look that is under way at the sign-out keeps its token: without any, the daemon would refuse it.
      look: async (path) => (await look(token, path)).json(),
      onChange: () => this.#onChange(),
      onUnanswered: () => isCurrent() && this.#onLost(NO_ANSWER),
    });
    return this.#snapshot;
  }

  #onFailed(error: unknown): void {
    if (error instanceof NotOpened) this.#onLost(NOT_OPENED);
    else if (!(error instanceof LookProblem)) this.#onLost(NO_ANSWER);
    else if (error.problem.status !== UNAUTHORIZED) this.#onLost(error.problem.detail);
    else {
      // A link with a token that is still valid is why the page was opened.
      const other = this.otherToken.value;
      if (other === undefined) this.signOut(error.problem);
      else this.signIn(other);
    }
  }

  #onEvent(kind: string, event: unknown): void {
    this.rig.value.apply(kind, event);
    this.#snapshot?.follow();
    this.#onChange();
  }

  #onLost(why: string): void {
    this.#disconnect();
    this.status.value = { kind: 'lost', why };
    const wait = RETRY_MS[Math.min(this.#tries++, RETRY_MS.length - 1)];
    this.#timer = setTimeout(() => void this.#connect(), wait);
  }

  /** Ends the connection, or the attempt to make one: what comes of it later changes nothing. */
  #disconnect(): void {
    this.#attempt++;
    clearTimeout(this.#timer);
    this.#rpc?.close();
    this.#rpc = undefined;
    this.#snapshot?.stop();
    this.#snapshot = undefined;
    this.held.value = new Set();
  }

  /** Forgets everything about one person, before the next. */
  #end(): void {
    this.#disconnect();
    this.#token = '';
    this.#tries = 0;
    this.#startedAt = undefined;
    this.rig.value = new Rig();
    this.lastCall.value = undefined;
    this.restartedAt.value = undefined;
    this.otherToken.value = undefined;
    this.notice.value = undefined;
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
    if (this.status.value.kind === 'open' && !document.hidden) void this.#snapshot?.lookAtSessions();
  }
}

const NO_ANSWER = 'The daemon does not answer.';

const NOT_OPENED =
  'The daemon answers, but opens no WebSocket: has the owner too many, or does a proxy forbid it?';

const NOT_CONNECTED = ownProblem(
  'The page is not connected',
  'The call was not made. The page connects again by itself as soon as the daemon answers.',
);
