import type { RefusalName } from '../../../daemon/answers/refusals.js';
import { goesBack } from '../../../operations/operation.js';
import { socket } from '../../../operations/sockets/socket.js';
import { isWsaName } from '../../../winsock/errors.js';
import { statusOfCode, statusOfRefusal } from '../../problems/statuses.js';
import { successStatusOf } from '../../rest/rest-route.js';
import type { NextTurn } from '../portions.js';
import { type Entry, wentBack } from '../socket-life.js';
import { addressBound, OwnPorts } from './own-ports.js';
import { type RecordedCall, recordedCallsOf } from './recorded-calls.js';
import { bodyOf } from './replay-bodies.js';
import { ReplayNames } from './replay-names.js';
import type { ReplaySource } from './replay-source.js';
import { inserted, type Repetition, requestLineOf, type Step } from './step.js';

/** Refusals that another daemon also gives; the others depend on its load or its limits. */
const REPEATABLE: readonly string[] = ['destination-denied'] satisfies RefusalName[];

/** The calls that repeat the life of a socket, in the order in which they began. */
export const repetition = async (source: ReplaySource, nextTurn: NextTurn): Promise<Repetition> => {
  const remarks: string[] = [];
  const { life } = source;
  if (life.dropped > 0) remarks.push(`${life.dropped} earlier entries were dropped from the journal.`);
  const recorded = recordedCallsOf(source).filter(({ entry }) => {
    const why = isOfRelay(entry, life) ? 'the relay accepts by itself' : whyLeftOut(entry);
    if (why !== undefined) remarks.push(`${entry.sequence} ${entry.operation}: ${why}; left out.`);
    return why === undefined;
  });
  const entries = recorded.map(({ entry }) => entry);
  const paths = new Set(
    entries.map((entry) => addressBound(entry).path).filter((path) => path !== undefined),
  );
  for (const path of paths) {
    remarks.push(`The file ${JSON.stringify(path)} must not exist: no close has removed it.`);
  }
  const names = new ReplayNames(source, recorded);
  const steps = [...names.startups(remarks)];
  if (!recorded.some(({ entry }) => entry.createdSocketId === life.socketId)) steps.push(socketOf(source));
  const ports = new OwnPorts([life, ...source.origins], entries, names.of);
  const pending = new PendingSteps();
  for (const [i, one] of recorded.entries()) {
    const next = recorded[i + 1];
    const overlaps = next !== undefined && next.began < one.ended;
    const step = stepOf(one, names, ports, overlaps, remarks);
    if (step) {
      steps.push(...ports.readSteps(), { ...step, awaits: pending.endedBefore(one) });
      if (step.pending) pending.add(step.number, one.ended);
    }
    // Calls with payload take long: other requests are served in between.
    if (i % 64 === 63) await nextTurn();
  }
  return { steps, sessions: names.sessions, remarks };
};

/** The pending steps that no later step awaits yet, with the times at which they ended. */
class PendingSteps {
  readonly #ends = new Map<string, number>();

  add(number: string, ended: number): void {
    this.#ends.set(number, ended);
  }

  /** Removes the steps that had ended before a call began, and gives their numbers. */
  endedBefore({ began }: RecordedCall): readonly string[] {
    const numbers = [...this.#ends].filter(([, ended]) => ended < began).map(([number]) => number);
    for (const number of numbers) this.#ends.delete(number);
    return numbers;
  }
}

/** Whether a relay on the socket made the call: the request of such a call is the relay. */
const isOfRelay = ({ op, socketId, requestId }: Entry, life: ReplaySource['life']): boolean =>
  op.does === 'accepts' && socketId === life.socketId && requestId.startsWith('rel_');

/** Why a call is not repeated; undefined if it is. */
const whyLeftOut = (entry: Entry): string | undefined => {
  const { op, outcome, refusal } = entry;
  const isBack = wentBack(entry);
  if (isBack && goesBack(op)) return 'its answer was not delivered, and what it had consumed went back';
  if (isBack && outcome !== 'ok') return 'its client disconnected before it had succeeded';
  // Other calls whose answer was not delivered had their effect: a send, a shutdown, a close.
  const isUnrepeatable = outcome === 'refused' && !REPEATABLE.includes(refusal ?? '');
  return isUnrepeatable ? `the daemon refused it (${refusal})` : undefined;
};

/** The step in place of the call that created the socket, if that is no longer in the journal. */
const socketOf = ({ life: { family, type, provider } }: ReplaySource): Step => ({
  number: '0',
  operation: socket.name,
  notes: ['The call that created the socket is no longer in the journal; this call replaces it.'],
  ...requestLineOf(socket, () => ({ $given: 'session' })),
  body: { family, type, provider },
  ...inserted(socket),
  gives: { at: ['socketId'], name: 'socket' },
});

const stepOf = (
  { entry, sessionId }: RecordedCall,
  names: ReplayNames,
  ports: OwnPorts,
  overlaps: boolean,
  remarks: string[],
): Omit<Step, 'awaits'> | undefined => {
  const known = names.parametersOf(entry, sessionId);
  if (!known) {
    remarks.push(`${entry.sequence} ${entry.operation}: its fault is not armed here; left out.`);
    return undefined;
  }
  const inBody: Record<string, unknown> = { ...known.parameters };
  // No operation with journal entries has query parameters.
  const place = requestLineOf(entry.op, (name) => {
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
      ...(entry.undelivered ? [NOT_DELIVERED] : []),
      ...(addressBound(entry).port === 0 ? [PORT_ASSIGNED] : []),
    ],
    ...place,
    body,
    ...expected(entry),
    ...(gives && { gives }),
    // A call whose answer has an id for later calls has to end before them.
    pending: overlaps && !gives,
  };
};

const PORT_ASSIGNED = 'The system assigns another port than it did then: its peers have to use this one.';

const NOT_DELIVERED = 'Its answer was not delivered, but the call had its effect.';

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
    // Only refusals in REPEATABLE are repeated.
    return { status: statusOfRefusal(refusal as RefusalName), code: refusal ?? '' };
  }
  // The id of this socket was issued, so its loss is answered 410, not 404, unless a fault invented the code.
  const gone = !invented && socketId !== undefined;
  const status = name !== undefined && isWsaName(name) ? statusOfCode(name, gone) : 500;
  return { status, code: String(code) };
};
