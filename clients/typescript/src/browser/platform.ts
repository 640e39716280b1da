/**
 * Connections to the daemon from a page. A page cannot set header fields on a WebSocket, so the token is one of the
 * subprotocols there. The daemon must allow the page's origin: `allowedOrigins` in docs/configuration.md.
 */
import { RigLostError } from '../core/errors.js';
import type { Channel, ChannelListener, HttpAnswer, Platform } from '../core/platform.js';
import type { Settings } from '../core/settings.js';

/** How long the daemon may take to answer a request, in milliseconds. */
const LIMIT_MS = 30_000;

/** Most bytes that `String.fromCharCode` takes as arguments at once, in every browser. */
const PIECE_BYTES = 8 * 1024;

/** A browser, and the daemon of some settings. */
export class BrowserPlatform implements Platform {
  readonly #url: URL;
  readonly #token: string;

  constructor({ url, token }: Settings) {
    this.#url = url;
    this.#token = token;
  }

  openChannel(path: string, listener: ChannelListener): Promise<Channel> {
    const url = new URL(path, this.#url);
    url.protocol = url.protocol.replace('http', 'ws');
    const webSocket = new WebSocket(url, ['winsockd.v1', `winsockd.token.${this.#tokenInBase64url()}`]);
    webSocket.onmessage = ({ data }) => listener.onText(String(data));
    return new Promise((resolve, reject) => {
      webSocket.onopen = () => resolve(new WebSocketChannel(webSocket));
      webSocket.onclose = ({ code, reason }) => {
        listener.onEnd(`${code} ${reason}`.trim());
        // Why it did not open, a browser does not say.
        reject(new RigLostError('the daemon opens no WebSocket for this page'));
      };
    });
  }

  async get(path: string): Promise<HttpAnswer> {
    try {
      const response = await fetch(new URL(path, this.#url), {
        headers: { Authorization: `Bearer ${this.#token}` },
        redirect: 'error',
        cache: 'no-store',
        signal: AbortSignal.timeout(LIMIT_MS),
      });
      return { status: response.status, body: new Uint8Array(await response.arrayBuffer()) };
    } catch (error) {
      const hint = 'it does not run, or does not allow the origin of this page';
      throw new RigLostError(`no answer of the daemon: ${hint}`, { cause: error });
    }
  }

  toBase64(bytes: Uint8Array): string {
    let text = '';
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      text += String.fromCharCode(...bytes.subarray(at, at + PIECE_BYTES));
    }
    return btoa(text);
  }

  fromBase64(text: string): Uint8Array {
    const letters = atob(text);
    const bytes = new Uint8Array(letters.length);
    for (let at = 0; at < bytes.length; at++) bytes[at] = letters.charCodeAt(at);
    return bytes;
  }

  join(first: Uint8Array, second: Uint8Array): Uint8Array {
    const both = new Uint8Array(first.length + second.length);
    both.set(first);
    both.set(second, first.length);
    return both;
  }

  #tokenInBase64url(): string {
    return btoa(this.#token).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  }
}

class WebSocketChannel implements Channel {
  readonly #webSocket: WebSocket;

  constructor(webSocket: WebSocket) {
    this.#webSocket = webSocket;
  }

  send(text: string): void {
    this.#webSocket.send(text);
  }

  close(): Promise<void> {
    if (this.#webSocket.readyState === WebSocket.CLOSED) return Promise.resolve();
    return new Promise((resolve) => {
      this.#webSocket.addEventListener('close', () => resolve(), { once: true });
      this.#webSocket.close(1000);
    });
  }

  /** As far as a page can: the browser waits for the other end by itself. */
  abandon(): void {
    this.#webSocket.close();
  }
}
