/** What the client needs of its environment: Node or a browser. */

/** A WebSocket to the daemon, which is open. */
export interface Channel {
  /** Sends a text message. */
  send(text: string): void;
  /** Closes it. Resolves when it is closed. */
  close(): Promise<void>;
  /** Drops it, since its other end does not answer. */
  abandon(): void;
}

/** Who is told what comes from a WebSocket. */
export interface ChannelListener {
  /** A text message has come. */
  onText(text: string): void;
  /** It has closed, or is lost. Nothing comes after it. @param why for people */
  onEnd(why: string): void;
}

/** The answer to a request of HTTP. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: Uint8Array;
}

/** The environment, with the settings for its daemon. */
export interface Platform {
  /**
   * Opens a WebSocket.
   *
   * @param path such as `/v1/rpc`
   * @throws RigLostError, RigError
   */
  openChannel(path: string, listener: ChannelListener): Promise<Channel>;

  /**
   * Requests a document by GET.
   *
   * @throws RigLostError if there is no answer
   */
  get(path: string): Promise<HttpAnswer>;

  /** Bytes in base64, with padding. */
  toBase64(bytes: Uint8Array): string;

  /** The bytes of a text in base64; in Node a Buffer. */
  fromBase64(text: string): Uint8Array;

  /** Bytes behind each other; in Node a Buffer. */
  join(first: Uint8Array, second: Uint8Array): Uint8Array;
}
