/** Connections to the daemon in Node, each with the token in its Authorization field. */
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { buffer } from 'node:stream/consumers';
import { rootCertificates } from 'node:tls';
import { WebSocket } from 'ws';
import { errorOfAnswer, RigLostError } from '../core/errors.js';
import type { Channel, ChannelListener, HttpAnswer, Platform } from '../core/platform.js';
import type { NodeSettings } from './settings.js';

/** How long the daemon may take to answer a request, in milliseconds. */
const LIMIT_MS = 30_000;

/** Node, and the daemon of some settings. */
export class NodePlatform implements Platform {
  readonly #url: URL;
  readonly #headers: { readonly Authorization: string };
  /** Without `ca`, Node trusts its own certificates. */
  readonly #trust: { readonly ca?: string[] };

  constructor({ url, token, certificates }: NodeSettings) {
    this.#url = url;
    this.#headers = { Authorization: `Bearer ${token}` };
    this.#trust = certificates === undefined ? {} : { ca: [...rootCertificates, certificates] };
  }

  openChannel(path: string, listener: ChannelListener): Promise<Channel> {
    const url = new URL(path, this.#url);
    url.protocol = url.protocol.replace('http', 'ws');
    const webSocket = new WebSocket(url, 'winsockd.v1', {
      headers: this.#headers,
      ...this.#trust,
      perMessageDeflate: false,
      handshakeTimeout: LIMIT_MS,
    });
    let why = 'no reason was given';
    webSocket.on('message', (data) => listener.onText(String(data)));
    return new Promise((resolve, reject) => {
      webSocket.on('open', () => resolve(new WebSocketChannel(webSocket)));
      webSocket.on('error', (error) => {
        why = error.message;
        reject(new RigLostError(`no WebSocket to the daemon: ${why}`, { cause: error }));
      });
      webSocket.on('close', (code, reason) => listener.onEnd(code === 1006 ? why : `${code} ${reason}`));
      webSocket.on('unexpected-response', (_request, response) => {
        answerOf(response).then((answer) => reject(errorOfAnswer(answer)), reject);
      });
    });
  }

  async get(path: string): Promise<HttpAnswer> {
    const url = new URL(path, this.#url);
    const { request } = url.protocol === 'https:' ? https : http;
    try {
      const signal = AbortSignal.timeout(LIMIT_MS);
      const asked = request(url, { headers: this.#headers, agent: false, signal, ...this.#trust }).end();
      const [response]: http.IncomingMessage[] = await once(asked, 'response');
      if (response === undefined) throw new RigLostError('no answer of the daemon');
      return await answerOf(response);
    } catch (error) {
      const why = error instanceof Error ? error.message || error.name : String(error);
      throw new RigLostError(`no answer of the daemon: ${why}`, { cause: error });
    }
  }

  toBase64(bytes: Uint8Array): string {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  }

  fromBase64(text: string): Buffer {
    return Buffer.from(text, 'base64');
  }

  join(first: Uint8Array, second: Uint8Array): Buffer {
    return Buffer.concat([first, second]);
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
      this.#webSocket.once('close', () => resolve());
      this.#webSocket.close(1000);
    });
  }

  abandon(): void {
    this.#webSocket.terminate();
  }
}

const answerOf = async (response: http.IncomingMessage): Promise<HttpAnswer> => ({
  status: response.statusCode ?? 0,
  body: await buffer(response),
});
