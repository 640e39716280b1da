/** What the daemon itself refuses, without a Winsock code: one row for each kind. */
export interface RefusalKind {
  /** Whether repeating the same call, unchanged, can succeed. */
  readonly retryable: boolean;
  /** One sentence without a full stop; the title of the problem document. */
  readonly meaning: string;
}

const row = (retryable: boolean, meaning: string): RefusalKind => Object.freeze({ retryable, meaning });

// biome-ignore format: one row a kind
const table = {
  'bad-request':            row(false, 'The request is not valid HTTP'),
  'bad-host':               row(false, 'The request has no single, well-formed Host'),
  'invalid-request':        row(false, 'The request is not a request object of JSON-RPC 2.0'),
  'malformed-json':         row(false, 'The body is not valid JSON'),
  'validation':             row(false, 'A parameter is missing, unknown or out of range'),
  'unauthorized':           row(false, 'The request carries no valid token'),
  'origin-denied':          row(false, 'Requests from web pages of this origin are not allowed'),
  'destination-denied':     row(false, 'The policy of this daemon does not allow this address'),
  'option-denied':          row(false, 'The policy of this daemon does not allow this option'),
  'socket-denied':          row(false, 'This daemon does not open sockets of this kind'),
  'not-found':              row(false, 'The resource does not exist'),
  'unknown-method':         row(false, 'There is no method with this name'),
  'method-not-allowed':     row(false, 'The resource does not support the method'),
  'session-ended':          row(false, 'The session was ended'),
  'lease-expired':          row(false, 'The lease of the session ran out and its sockets were closed'),
  'earlier-run':            row(false, 'The id was issued by an earlier run of this daemon'),
  'too-large':              row(false, 'The body is larger than this daemon takes'),
  'uri-too-long':           row(false, 'The request target is longer than this daemon takes'),
  'unsupported-media-type': row(false, 'The body is not of the media type of this route'),
  'expectation-failed':     row(false, 'The expectation of the Expect header cannot be met'),
  'misdirected':            row(false, 'The Host is not a name of this daemon'),
  'upgrade-required':       row(false, 'Only a WebSocket can be opened here'),
  'key-under-way':          row(true,  'The first request with this key is not answered yet'),
  'in-use':                 row(true,  'A stream, a relay or a raw body uses the socket'),
  'key-reused':             row(false, 'The key belongs to another request'),
  'quota':                  row(true,  'The owner has reached a quota'),
  'overloaded':             row(true,  'The daemon has reached its limits for all clients'),
  'header-too-large':       row(false, 'The header fields are larger than this daemon takes'),
  'internal':               row(false, 'The daemon has a bug'),
  'wsa-unknown':            row(false, 'The provider returned a code that is not in the error table'),
  'draining':               row(true,  'The daemon is stopping'),
  'wait-limit':             row(true,  'The wait reached the limit of this daemon; nothing was consumed'),
  'not-implemented':        row(false, 'The request needs an HTTP feature that this daemon does not have'),
  'http-version':           row(false, 'The request is of another version of HTTP'),
  'request-timeout':        row(true,  'The request did not arrive in time'),
};

export type RefusalName = keyof typeof table;

export const REFUSALS: Readonly<Record<RefusalName, RefusalKind>> = Object.freeze(table);

/**
 * The path of a value in the parameters: member names and list indices, for example `['buffers', 0, 'len']`.
 */
export type ParameterPath = readonly (string | number)[];

/** One error in the parameters. */
export interface ParameterError {
  readonly path: ParameterPath;
  /** What is wrong, without the path and without a full stop. */
  readonly detail: string;
}

/** A call that the daemon refuses before or instead of a Winsock answer. */
export interface Refusal {
  readonly ok: false;
  readonly refusal: RefusalName;
  /** Absent if the first of `errors` has the detail. */
  readonly detail?: string;
  /** Only for `validation`. */
  readonly errors?: readonly ParameterError[];
  /** Extension members for the problem document. Never payload. */
  readonly extra?: Readonly<Record<string, string | number | boolean>>;
  /** When the same call may succeed, if that is known. */
  readonly secondsToWait?: number;
}

export const refuse = (
  refusal: RefusalName,
  detail: string,
  more?: Pick<Refusal, 'errors' | 'extra'>,
): Refusal => ({ ok: false, refusal, detail, ...more });

/** The refusal of parameters with these errors. */
export const invalidParameters = (errors: readonly ParameterError[]): Refusal => ({
  ok: false,
  refusal: 'validation',
  errors,
});

/** The refusal of one parameter. */
export const invalid = (path: ParameterPath, detail: string): Refusal =>
  invalidParameters([{ path, detail }]);

/** The refusal of SO_REUSEADDR without policy.bind.reuseAddress. */
export const REUSE_DENIED = refuse(
  'option-denied',
  'SO_REUSEADDR could take the address of another program that has set it too; ' +
    'policy.bind.reuseAddress allows it.',
);
