import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RefusalName } from '../../../daemon/answers/refusals.js';
import type { AnyOperation } from '../../../operations/operation.js';
import { isWsaName } from '../../../winsock/errors.js';
import { statusOfCode, statusOfRefusal } from '../../problems/statuses.js';
import { restRouteOf } from '../../rest/rest-route.js';
import { type JournalEntryView, parameter } from '../socket-life.js';
import { OwnPorts, portBound } from './own-ports.js';
import type { Past } from './past.js';
import { type Recorded, recordedOf } from './recorded-calls.js';
import { bodyOf } from './replay-bodies.js';
import { Names } from './replay-names.js';
import { INSERTED, type Repetition, type Step } from './step.js';

/** Refusals that another daemon gives alike; the others depend on its load or its limits. */
const REPEATABLE: readonly string[] = ['destination-denied'] satisfies RefusalName[];

/** The calls that repeat the life of a socket, in the order in which they began. */
export const repetition = async (operations: readonly AnyOperation[], past: Past): Promise<Repetition> => {
  const byName = new Map(operations.map((op) => [op.name, op]));
  const remarks: string[] = [];
  const { life } = past;
  if (life.dropped > 0) remarks.push(`${life.dropped} earlier entries were dropped from the journal.`);
  const recorded = recordedOf(past).filter(({ entry }) => repeatable(entry, byName, remarks));
  const entries = recorded.map(({ entry }) => entry);
  for (const path of pathsBound(entries)) {
    remarks.push(`The file ${JSON.stringify(path)} must not be there: no close has removed it.`);
  }
  const names = new Names(past, recorded);
  const steps = [...names.startups(remarks)];
  if (!recorded.some(({ entry }) => entry.createdSocketId === life.socketId)) steps.push(socketOf(past));
  const ports = new OwnPorts([life, ...past.origins], entries, names.of);
  const waiting = new Waiting();
  for (const [i, one] of recorded.entries()) {
    const op = byName.get(one.entry.operation);
    const next = recorded[i + 1];
    const overlaps = next !== undefined && next.began < one.ended;
    const step = op && stepOf(op, one, names, ports, overlaps, remarks);
    if (step) {
      steps.push(...ports.asks(), { ...step, awaits: waiting.endedBefore(one) });
      if (step.pending) waiting.add(step.number, one.ended);
    }
    // Many calls with payload are much work at once: others have their turn meanwhile.
    if (i % 64 === 63) await nextTurn();
  }
  return { steps, sessions: names.sessions, remarks };
};

/** The pending steps whose ends no later step has awaited yet. */
class Waiting {
  readonly #ends = new Map<string, number>();

  add(number: string, ended: number): void {
    this.#ends.set(number, ended);
  }

  /** Takes out the numbers of those that had ended before a call began. */
  endedBefore({ began }: Recorded): readonly string[] {
    const over = [...this.#ends].filter(([, ended]) => ended < began).map(([number]) => number);
    for (const number of over) this.#ends.delete(number);
    return over;
  }
}

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

/** What the daemon takes back when the answer does not arrive: a repetition would have it twice, or too much. */
const GOES_BACK: readonly string[] = [
  ...['startup', 'socket', 'accept', 'conditionalAccept', 'duplicate', 'armFault', 'removeFault'],
  ...['recv', 'recvFrom', 'recvDisconnect', 'getSockOpt', 'enumNetworkEvents'],
];

const repeatable = (
  { sequence, operation, outcome, refusal, undelivered }: JournalEntryView,
  byName: ReadonlyMap<string, AnyOperation>,
  remarks: string[],
): boolean => {
  if (undelivered && GOES_BACK.includes(operation)) {
    remarks.push(
      `${sequence} ${operation}: its answer did not arrive, and what it gave went back; left out.`,
    );
  } else if (undelivered && outcome !== 'ok') {
    remarks.push(`${sequence} ${operation}: its caller went away before it had succeeded; left out.`);
  }
  // What nobody was told of has happened all the same: a send, a shutdown, a close.
  else if (outcome === 'refused' && !REPEATABLE.includes(refusal ?? '')) {
    remarks.push(`${sequence} ${operation}: the daemon refused it (${refusal}); left out.`);
  } else if (!byName.has(operation)) remarks.push(`${sequence} ${operation}: not known; left out.`);
  else return true;
  return false;
};

/** In place of the call that created the socket, when it is no longer in the journal. */
const socketOf = ({ life: { family, type, provider } }: Past): Step => ({
  number: '0',
  operation: 'socket',
  notes: ['The call that created the socket is not in the journal any more; this one stands for it.'],
  method: 'POST',
  path: ['v1', 'sessions', { $given: 'session' }, 'sockets'],
  body: { family, type, provider },
  ...INSERTED,
  gives: { at: ['socketId'], name: 'socket' },
});

const stepOf = (
  op: AnyOperation,
  { entry, sessionId }: Recorded,
  names: Names,
  ports: OwnPorts,
  overlaps: boolean,
  remarks: string[],
): Omit<Step, 'awaits'> | undefined => {
  const known = names.parametersOf(entry, sessionId);
  if (!known) {
    remarks.push(`${entry.sequence} ${entry.operation}: the fault was not armed here; left out.`);
    return undefined;
  }
  const inBody: Record<string, unknown> = { ...known.parameters };
  const { method, path } = restRouteOf(op);
  // No call that the journal has takes a query.
  const [, ...segments] = path.split('/').map((segment) => {
    if (!segment.startsWith('{')) return segment;
    const name = segment.slice(1, -1);
    if (name === 'socketId') return { $given: names.of.get(entry.socketId ?? '') ?? 'socket' };
    if (name === 'sessionId') return { $given: names.of.get(sessionId) ?? 'session' };
    const text = String(inBody[name]);
    delete inBody[name];
    return text;
  });
  const { body, notes } = bodyOf(inBody, names.of, {
    sent: Buffer.from(entry.bytesSent ? (entry.data?.base64 ?? '') : '', 'base64'),
    ownPort: (address) => ports.nameOf(entry, address),
  });
  const gives = givenBy(entry, names.of);
  return {
    number: names.numberOf(entry.sequence, sessionId),
    operation: op.name,
    notes: [
      ...[...known.notes, ...notes],
      ...(entry.undelivered ? [UNTOLD] : []),
      ...(portBound(entry) === 0 ? [CHOSEN] : []),
    ],
    method,
    path: segments,
    body,
    ...expected(entry),
    ...(gives && { gives }),
    // What gives an id that later calls need cannot be left waiting.
    pending: overlaps && !gives,
  };
};

const CHOSEN = 'The system chooses the port, another one than then: who came to that one has to be told.';

const UNTOLD = 'Its answer did not arrive, what it did has happened.';

/** The id in the answer that later calls use. */
const givenBy = (
  { createdSocketId, offerId }: JournalEntryView,
  names: ReadonlyMap<string, string>,
): Step['gives'] => {
  const created = names.get(createdSocketId ?? '');
  if (created !== undefined) return { at: ['socketId'], name: created };
  const offer = names.get(offerId ?? '');
  return offer === undefined ? undefined : { at: ['offerId'], name: offer };
};

const expected = (entry: JournalEntryView): Pick<Step, 'status' | 'code'> => {
  const { outcome, operation, name, code, refusal, socketId, createdSocketId, invented } = entry;
  if (outcome === 'ok') {
    return { status: createdSocketId === undefined && operation !== 'armFault' ? 200 : 201, code: '-' };
  }
  if (outcome === 'refused') {
    // Only those of the table are repeated.
    return { status: statusOfRefusal(refusal as RefusalName), code: refusal ?? '' };
  }
  // A socket of this journal was issued once: without it there is 410, never 404. A fault knows nothing of that.
  const gone = !invented && socketId !== undefined;
  const status = name !== undefined && isWsaName(name) ? statusOfCode(name, gone) : 500;
  return { status, code: String(code) };
};
