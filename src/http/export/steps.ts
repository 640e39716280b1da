import { REFUSALS, type RefusalName } from '../../daemon/refusals.js';
import type { AnyOperation } from '../../operations/operation.js';
import { isWsaName, WSA_ERRORS } from '../../winsock/errors.js';
import { restRouteOf } from '../rest-route.js';
import { type JournalEntryView, parameter, type SocketLife } from './life.js';

/** One call of a repetition, in HTTP terms. */
export interface Step {
  /** The entry of the journal; 0: what stands before it. */
  readonly sequence: number;
  readonly operation: string;
  readonly method: string;
  /** With `{session}`, `{socket}` and `{listener}` for ids that earlier answers gave. */
  readonly path: string;
  /** JSON; `@zeros:n@` stands for the base64 of n zero bytes. Empty: no body. */
  readonly body: string;
  readonly status: number;
  /** What the problem must say: a code, or the name of a refusal; `-` for success. */
  readonly code: string;
  /** The member of the answer that holds an id, and the name it is kept under. */
  readonly gives?: { readonly member: 'sessionId' | 'socketId'; readonly name: string };
  /** It was still waiting when the next call came. */
  readonly pending: boolean;
}

/** What is repeated, and what cannot be. */
export interface Repetition {
  readonly steps: readonly Step[];
  /** One line each. */
  readonly remarks: readonly string[];
}

/** Refusals that another daemon gives alike; the others depend on its load or its limits. */
const REPEATABLE: readonly string[] = ['destination-denied'] satisfies RefusalName[];

/** Calls that make a listener what it is. */
const MAKES_LISTENER = ['socket', 'setSockOpt', 'ioctl', 'bind', 'listen'];

/**
 * The calls that repeat the life of a socket, in the order in which they began.
 *
 * @param listener the life of the socket that accepted it, if it was accepted
 */
export const repetition = (
  operations: readonly AnyOperation[],
  life: SocketLife,
  listener: SocketLife | undefined,
): Repetition => {
  const byName = new Map(operations.map((op) => [op.name, op]));
  const remarks: string[] = [];
  if (life.dropped > 0) remarks.push(`${life.dropped} earlier entries were dropped from the journal.`);
  const names = new Map([[life.socketId, 'socket']]);
  if (listener) names.set(listener.socketId, 'listener');
  for (const path of pathsBound([...(listener?.entries ?? []), ...life.entries])) {
    remarks.push(`The file ${JSON.stringify(path)} must not be there: no close has removed it.`);
  }
  const before = listener?.entries.filter(({ operation }) => MAKES_LISTENER.includes(operation)) ?? [];
  const entries = [...before, ...life.entries]
    .filter((entry) => repeatable(entry, byName, remarks))
    .sort((a, b) => beganAt(a) - beganAt(b) || a.sequence - b.sequence);
  const steps = entries.flatMap((entry, i): Step[] => {
    const op = byName.get(entry.operation);
    const next = entries[i + 1];
    return op ? [stepOf(op, entry, names, next !== undefined && beganAt(next) < entry.at)] : [];
  });
  return { steps: [startup(life), ...(created(entries, life) ? [] : [socket(life)]), ...steps], remarks };
};

/** The paths of AF_UNIX at which a bind has made a file. */
const pathsBound = (entries: readonly JournalEntryView[]): ReadonlySet<string> => {
  const paths = new Set<string>();
  for (const entry of entries) {
    const address = entry.operation === 'bind' && entry.outcome === 'ok' && parameter(entry, 'address');
    if (typeof address !== 'object' || address === null || !('path' in address)) continue;
    paths.add(String(address.path));
  }
  return paths;
};

const repeatable = (
  { sequence, operation, outcome, refusal, undelivered }: JournalEntryView,
  byName: ReadonlyMap<string, AnyOperation>,
  remarks: string[],
): boolean => {
  if (undelivered) remarks.push(`${sequence} ${operation}: its answer did not arrive; left out.`);
  else if (outcome === 'refused' && !REPEATABLE.includes(refusal ?? '')) {
    remarks.push(`${sequence} ${operation}: the daemon refused it (${refusal}); left out.`);
  } else if (!byName.has(operation)) remarks.push(`${sequence} ${operation}: not known; left out.`);
  else return true;
  return false;
};

const beganAt = ({ at, nativeUs, waitUs }: JournalEntryView): number => at - nativeUs - waitUs;

const created = (entries: readonly JournalEntryView[], { socketId }: SocketLife): boolean =>
  entries.some((entry) => entry.createdSocketId === socketId && entry.outcome === 'ok');

const PLAIN = { status: 201, code: '-', sequence: 0, method: 'POST', pending: false } as const;

const startup = ({ version }: SocketLife): Step => ({
  ...PLAIN,
  operation: 'startup',
  path: '/v1/startup',
  body: JSON.stringify({ version }),
  gives: { member: 'sessionId', name: 'session' },
});

/** In place of the call that created the socket, when it is no longer in the journal. */
const socket = ({ family, type, provider }: SocketLife): Step => ({
  ...PLAIN,
  operation: 'socket',
  path: '/v1/sessions/{session}/sockets',
  body: JSON.stringify({ family, type, provider }),
  gives: { member: 'socketId', name: 'socket' },
});

const stepOf = (
  op: AnyOperation,
  entry: JournalEntryView,
  names: ReadonlyMap<string, string>,
  overlaps: boolean,
): Step => {
  const { method, path } = restRouteOf(op);
  const given: Record<string, unknown> = { ...entry.parameters };
  const take = (name: string): string => {
    const text = encodeURIComponent(String(given[name]));
    delete given[name];
    return text;
  };
  const withIds = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    if (name === 'socketId') return `{${names.get(entry.socketId ?? '') ?? 'socket'}}`;
    return name === 'sessionId' ? '{session}' : take(name);
  });
  const inQuery = Object.keys(op.rest?.in ?? {}).filter(
    (name) => op.rest?.in?.[name] === 'query' && name in given,
  );
  const query = inQuery.map((name) => `${name}=${take(name)}`).join('&');
  const name = entry.createdSocketId === undefined ? undefined : names.get(entry.createdSocketId);
  const body = JSON.stringify(withPayload(given, entry));
  return {
    sequence: entry.sequence,
    operation: op.name,
    method,
    path: query === '' ? withIds : `${withIds}?${query}`,
    body: body === '{}' ? '' : body,
    ...expected(entry),
    ...(name !== undefined && { gives: { member: 'socketId', name } }),
    // What gives an id that later calls need cannot be left waiting.
    pending: overlaps && name === undefined,
  };
};

const expected = ({ outcome, name, code, refusal, createdSocketId }: JournalEntryView) => {
  if (outcome === 'ok') return { status: createdSocketId === undefined ? 200 : 201, code: '-' };
  if (outcome === 'refused') {
    // Only those of the table are repeated.
    return { status: REFUSALS[refusal as RefusalName].httpStatus, code: refusal ?? '' };
  }
  // A socket of this journal was issued once: without it there is 410, never 404.
  const gone = name === 'WSAENOTSOCK';
  const status = name !== undefined && isWsaName(name) ? WSA_ERRORS[name].httpStatus : 500;
  return { status: gone ? 410 : status, code: String(code) };
};

/** The parameters with bytes in place of lengths: those captured if they are all there, else zeros. */
const withPayload = (params: Record<string, unknown>, entry: JournalEntryView): unknown => {
  const captured = entry.data && parameter(entry, 'data') !== undefined ? entry.data : undefined;
  const fill = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(fill);
    if (!isLength(value)) {
      return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, fill(member)]));
    }
    const { len, given } = value;
    if (given === undefined && captured?.len === len) return { base64: captured.base64 };
    const base64 = `@zeros:${given ?? len}@`;
    return given === undefined ? { base64 } : { base64, len };
  };
  return fill(params);
};

/** What the journal has in place of a buffer. */
const isLength = (value: object): value is { len: number; given?: number } => 'len' in value;
