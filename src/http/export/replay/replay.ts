import type { RefusalName } from '../../../daemon/answers/refusals.js';
import { goesBack } from '../../../operations/operation.js';
import { socket } from '../../../operations/sockets/socket.js';
import { isWsaName } from '../../../winsock/errors.js';
import { statusOfCode, statusOfRefusal } from '../../problems/statuses.js';
import { successStatusOf } from '../../rest/rest-route.js';
import type { NextTurn } from '../portions.js';
import { type Entry, wentBack } from '../socket-life.js';
import { addressBound, OwnPorts } from './own-ports.js';
import type { Past } from './past.js';
import { type Recorded, recordedOf } from './recorded-calls.js';
import { bodyOf } from './replay-bodies.js';
import { Names } from './replay-names.js';
import { inserted, placeOf, type Repetition, type Step } from './step.js';

/** Refusals that another daemon gives alike; the others depend on its load or its limits. */
const REPEATABLE: readonly string[] = ['destination-denied'] satisfies RefusalName[];

/** The calls that repeat the life of a socket, in the order in which they began. */
export const repetition = async (past: Past, nextTurn: NextTurn): Promise<Repetition> => {
  const remarks: string[] = [];
  const { life } = past;
  if (life.dropped > 0) remarks.push(`${life.dropped} earlier entries were dropped from the journal.`);
  const recorded = recordedOf(past).filter(({ entry }) => {
    const why = whyLeftOut(entry);
    if (why !== undefined) remarks.push(`${entry.sequence} ${entry.operation}: ${why}; left out.`);
    return why === undefined;
  });
  const entries = recorded.map(({ entry }) => entry);
  const paths = new Set(
    entries.map((entry) => addressBound(entry).path).filter((path) => path !== undefined),
  );
  for (const path of paths) {
    remarks.push(`The file ${JSON.stringify(path)} must not be there: no close has removed it.`);
  }
  const names = new Names(past, recorded);
  const steps = [...names.startups(remarks)];
  if (!recorded.some(({ entry }) => entry.createdSocketId === life.socketId)) steps.push(socketOf(past));
  const ports = new OwnPorts([life, ...past.origins], entries, names.of);
  const waiting = new Waiting();
  for (const [i, one] of recorded.entries()) {
    const next = recorded[i + 1];
    const overlaps = next !== undefined && next.began < one.ended;
    const step = stepOf(one, names, ports, overlaps, remarks);
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

/** Why a call is not repeated; undefined: it is. */
const whyLeftOut = (entry: Entry): string | undefined => {
  const { op, outcome, refusal } = entry;
  const back = wentBack(entry);
  if (back && goesBack(op)) return 'its answer did not arrive, and what it gave went back';
  if (back && outcome !== 'ok') return 'its caller went away before it had succeeded';
  // What nobody was told of has happened all the same: a send, a shutdown, a close.
  const isOneTime = outcome === 'refused' && !REPEATABLE.includes(refusal ?? '');
  return isOneTime ? `the daemon refused it (${refusal})` : undefined;
};

/** In place of the call that created the socket, when it is no longer in the journal. */
const socketOf = ({ life: { family, type, provider } }: Past): Step => ({
  number: '0',
  operation: socket.name,
  notes: ['The call that created the socket is not in the journal any more; this one stands for it.'],
  ...placeOf(socket, () => ({ $given: 'session' })),
  body: { family, type, provider },
  ...inserted(socket),
  gives: { at: ['socketId'], name: 'socket' },
});

const stepOf = (
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
  // No call that the journal has takes a query.
  const place = placeOf(entry.op, (name) => {
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
    operation: entry.operation,
    notes: [
      ...[...known.notes, ...notes],
      ...(entry.undelivered ? [UNTOLD] : []),
      ...(addressBound(entry).port === 0 ? [CHOSEN] : []),
    ],
    ...place,
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
const givenBy = ({ createdSocketId, offerId }: Entry, names: ReadonlyMap<string, string>): Step['gives'] => {
  const created = names.get(createdSocketId ?? '');
  if (created !== undefined) return { at: ['socketId'], name: created };
  const offer = names.get(offerId ?? '');
  return offer === undefined ? undefined : { at: ['offerId'], name: offer };
};

const expected = (entry: Entry): Pick<Step, 'status' | 'code'> => {
  const { op, outcome, name, code, refusal, socketId, invented } = entry;
  if (outcome === 'ok') {
    return { status: successStatusOf(op), code: '-' };
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
