/** What a fault holds back in one direction of a socket. */
export interface Hold {
  /** How many more bytes may pass now; 0: nothing passes, whether bytes or an end. */
  readonly passes: number;
  /** Whether the end of the stream is held back, also if bytes before it pass. */
  readonly hidesEnd: boolean;
  /** Whether something is held back now. */
  readonly holds: boolean;
  /** That many bytes have passed. */
  passed(bytes: number): void;
  /** The socket is connected now, or uses another native handle. */
  begin?(): void;
  /** The native handle that it uses is about to be closed. */
  pause?(): void;
  /** Holds nothing any more. */
  stop(): void;
}
