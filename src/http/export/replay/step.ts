/** One call of a repetition, in HTTP terms. */
export interface Step {
  /** The entry of the journal, of another session `4@session2`; 0: what stands before it. No two wait under one. */
  readonly number: string;
  readonly operation: string;
  readonly method: string;
  /** With `{session}`, `{socket}` and so on for ids that earlier answers gave. */
  readonly path: string;
  /** JSON; `@zeros:n@` stands for the base64 of n zero bytes, `@id:name@` for an id. Empty: no body. */
  readonly body: string;
  readonly status: number;
  /** What the problem must say: a code, or the name of a refusal; `-` for success. */
  readonly code: string;
  /** The member of the answer that holds an id (`port`: that of its localAddress), and the name it is kept under. */
  readonly gives?: { readonly member: 'sessionId' | 'socketId' | 'offerId' | 'port'; readonly name: string };
  /** It was still waiting when the next call came. */
  readonly pending: boolean;
  /** Numbers of the pending steps that had ended before it began. */
  readonly awaits: readonly string[];
  /** What a reader has to know about it, one line each. */
  readonly notes: readonly string[];
}

/** What is repeated, and what cannot be. */
export interface Repetition {
  readonly steps: readonly Step[];
  /** Names of the sessions, which end with the repetition. */
  readonly sessions: readonly string[];
  /** One line each. */
  readonly remarks: readonly string[];
}
