/** What the page says about a failure: texts only, without markup. */
import type { Call, Problem } from './types.js';

/** A labelled fact. */
export interface Fact {
  readonly label: string;
  readonly value: string;
}

/** One thing wrong with the parameters. */
export interface WrongParameter {
  /** Where, for example `address/port`; `parameters` for all of them. */
  readonly place: string;
  readonly detail: string;
  /** The value that was given there, as JSON, cut after 80 characters. */
  readonly given?: string;
}

/** A page to read on. Its address is a path of the daemon, or https. */
export interface PageLink {
  readonly label: string;
  readonly href: string;
}

export interface ErrorCard {
  /** The Windows Sockets error code; absent if the daemon itself refused. */
  readonly code?: number;
  /** The name of the code, or of the refusal. */
  readonly name: string;
  /** What the code means, wherever it occurs. */
  readonly meaning: string;
  /** What happened here. */
  readonly why: string;
  /** What to do next, the most useful first. */
  readonly next: readonly string[];
  readonly errors: readonly WrongParameter[];
  readonly facts: readonly Fact[];
  readonly pages: readonly PageLink[];
}

const ALL_CODES = 'https://learn.microsoft.com/windows/win32/winsock/windows-sockets-error-codes-2';

/** What to do about a kind of failure, where more helps than to repeat the call. */
const NEXT: Readonly<Record<string, string>> = {
  WSAEFAULT: 'Correct the length: no more than the bytes that are given, and room enough for the answer.',
  WSAENOPROTOOPT: 'Leave out what the provider lacks, or use a socket whose catalog entry has it.',
  WSAENOTCONN: 'Connect the socket first, or use one that accept has returned.',
  WSAEISCONN: 'Use the connection that there is, or open a new socket for another one.',
  WSAESHUTDOWN: 'Use the direction that is still open, or a new socket: what was shut down stays so.',
  WSAECONNREFUSED: 'Let a socket listen at the address first, and connect again.',
  WSAECONNRESET: 'Close a stream, and connect a new one: its connection is gone. A datagram socket goes on.',
  WSAECONNABORTED: 'Close the socket, and connect a new one: this connection is gone.',
  WSAEADDRINUSE: 'Bind to another port, or to port 0 for any free one.',
  WSAEMSGSIZE: 'Give room for the whole datagram, or send a shorter one.',
  validation: 'Correct the parameters that are listed, and call again.',
  unauthorized: 'Sign in again with a token of this daemon: the one in use is missing or not valid.',
  misdirected: 'Open this page under a name that the daemon knows, such as 127.0.0.1 or localhost.',
  'bad-host': 'Open this page under a name that the daemon knows, such as 127.0.0.1 or localhost.',
  'origin-denied': 'Open the page that the daemon itself serves: it takes no calls from other pages.',
  quota: 'End sockets or sessions that you no longer need.',
  overloaded: 'Wait a little: other clients use the daemon too.',
  draining: 'Wait until the daemon has started again, and sign in again.',
  'session-ended': 'Start a new session: this one, and its sockets, cannot come back.',
  'lease-expired': 'Start a new session, with a longer lease or renewed in time.',
  'earlier-run': 'Start a new session: the daemon was started again, and knows no earlier id.',
  'destination-denied': 'Use a loopback address, or let the policy of the daemon allow this one.',
  'option-denied': 'Do without the option, or let the policy of the daemon allow it.',
  'in-use': 'End the stream or the relay that uses the socket.',
  internal: 'Read the log of the daemon: it names the bug.',
};

/** What to do when an id is gone, by the reason. */
const NEXT_BY_REASON: Readonly<Record<string, string>> = {
  closed: 'Open a new socket: this one was closed, and its id is not used again.',
  'relay-reset': 'Open a new socket: a reset of its relay ended this one.',
  cleanup: 'Call startup, and open new sockets: the last cleanup ended this one.',
  'session-ended': 'Start a new session: the end of the session ended the socket.',
  'lease-expired': 'Start a new session: its lease ran out, and that ended the socket.',
  'connection-lost': 'Start a new session: the connection of its client was lost, and that ended the socket.',
  'earlier-run': 'Start a new session: the daemon was started again, and knows no earlier id.',
};

/** Members with a label, in the order of the card. */
const LABELS: readonly (readonly [member: string, label: string])[] = [
  ['function', 'Winsock function'],
  ['operation', 'Operation'],
  ['state', 'State of the socket'],
  ['provider', 'Provider'],
  ['fault', 'Caused by the fault'],
  ['capability', 'Capability that the provider lacks'],
  ['reason', 'Why the id is gone'],
  ['limit', 'Limit, in bytes'],
  ['requiredLength', 'Length that suffices, in bytes'],
  ['bytesSent', 'Bytes sent before the failure'],
  ['socketId', 'Socket'],
  ['sessionId', 'Session'],
];

/** Members that the card shows elsewhere. `status` is of HTTP: the name says more. */
const ELSEWHERE = 'type title status detail instance code name retryable hint errors'.split(' ');

/**
 * The card of a problem.
 *
 * @param call the call that failed: it shows what was given for a wrong parameter
 * @param page the page of Microsoft for the function, `externalDocs` of its method
 */
export const errorCard = (problem: Problem, call?: Call, page?: string): ErrorCard => {
  const path = problemPath(problem);
  const name = problem.name ?? path?.split('/').at(-1) ?? 'problem';
  return {
    ...(problem.code !== undefined && { code: problem.code }),
    name,
    meaning: problem.title,
    why: whyOf(problem),
    next: nextSteps(name, problem),
    errors: (problem.errors ?? []).map(({ pointer, detail }) => wrongParameter(pointer, detail, call)),
    facts: factsOf(problem),
    pages: [
      ...(path === undefined ? [] : [{ label: `${name}, explained by this daemon`, href: path }]),
      ...(problem.code === undefined ? [] : [microsoftPage(problem, page)]),
    ],
  };
};

/** The type of a problem is the path of its page. Anything else is no address to link to. */
const problemPath = ({ type }: Problem): string | undefined =>
  /^\/problems\/[\w-]+$/.test(type) ? type : undefined;

const microsoftPage = (problem: Problem, page: string | undefined): PageLink =>
  page?.startsWith('https://')
    ? { label: `${problem.function ?? problem.operation ?? 'The function'}, at Microsoft`, href: page }
    : { label: 'All codes of Windows Sockets, at Microsoft', href: ALL_CODES };

const whyOf = ({ detail, state, provider }: Problem): string => {
  const where = [state && `the socket is ${state}`, provider && `the provider is ${provider}`].filter(
    Boolean,
  );
  return where.length === 0 ? detail : `${detail} (${where.join(', ')})`;
};

const nextSteps = (name: string, { hint, retryable, reason, fault }: Problem): readonly string[] => {
  const steps = [
    hint !== undefined && `Call ${hint} first.`,
    reason !== undefined && NEXT_BY_REASON[reason],
    fault !== undefined && 'An armed fault made this failure; remove it, or let its rule run out.',
    NEXT[name],
    retryable === true && 'The same call may succeed later.',
  ];
  return steps.filter((step) => typeof step === 'string');
};

const factsOf = (problem: Problem): readonly Fact[] => {
  const labelled = LABELS.map(([member]) => member);
  const others = Object.keys(problem).filter((key) => !labelled.includes(key) && !ELSEWHERE.includes(key));
  const rows = [...LABELS, ...others.map((member) => [member, member] as const)];
  return rows.flatMap(([member, label]) => {
    const value = problem[member];
    // The same word says nothing more; and a call of the daemon itself, such as getSocket, is no function of Winsock.
    if (member === 'function' && value === problem.operation) return [];
    return value === undefined ? [] : [{ label, value: textOf(value) }];
  });
};

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const MOST_CHARACTERS = 80;

const wrongParameter = (pointer: string, detail: string, call: Call | undefined): WrongParameter => {
  const keys = keysOf(pointer);
  const given = keys.length === 0 ? undefined : valueAt(call?.params, keys);
  const text = given === undefined ? undefined : JSON.stringify(given);
  return {
    place: keys.join('/') || 'parameters',
    detail,
    ...(text !== undefined && {
      given: text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text,
    }),
  };
};

/** The keys of a JSON pointer (RFC 6901). */
const keysOf = (pointer: string): readonly string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));

const valueAt = (value: unknown, keys: readonly string[]): unknown =>
  keys.reduce<unknown>(
    (at, key) =>
      // Any object may be read by a key; own members only, so that `constructor` is nothing.
      typeof at === 'object' && at !== null && Object.hasOwn(at, key) ? Reflect.get(at, key) : undefined,
    value,
  );
