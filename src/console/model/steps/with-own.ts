import type { RecordedCall } from '../types.js';
import { type MadeCall, type Members, membersOf, type OwnCall, textIn } from './made-call.js';

/**
 * Recorded calls; those that this page has made also with what only it knows, their bytes and results. A journal
 * does not name the request of a call, so an entry is that of the first own call that would look the same in it.
 *
 * @param own the calls of this page, in the order in which they ended
 */
export const withOwn = (recorded: readonly RecordedCall[], own: readonly OwnCall[]): readonly MadeCall[] => {
  const left = new Map<string, OwnCall[]>();
  for (const one of own) {
    const key = keyOfOwn(one);
    const same = left.get(key);
    if (same) same.push(one);
    else left.set(key, [one]);
  }
  return recorded.map((one) => {
    const made = left.get(keyOfEntry(one))?.shift();
    return made ? { ...one, own: made } : one;
  });
};

const keyOfEntry = ({ entry, sessionId }: RecordedCall): string => {
  const { operation, socketId, createdSocketId, parameters = {} } = entry;
  const outcome = entry.outcome === 'ok' ? 'ok' : (entry.name ?? entry.refusal ?? '');
  const id = socketId !== undefined ? { socketId } : operation === 'startup' ? {} : { sessionId };
  const made = createdSocketId ?? (BEGINS.test(operation) && outcome === 'ok' ? sessionId : undefined);
  return keyOf(operation, outcome, made, { ...id, ...parameters });
};

const keyOfOwn = ({ call: { operation, params }, outcome }: OwnCall): string => {
  if (!outcome.ok) return keyOf(operation, nameOf(outcome.problem.type), undefined, params);
  const { result } = outcome;
  const made = BEGINS.test(operation)
    ? textIn(result, 'sessionId')
    : MAKES.test(operation)
      ? textIn(result, 'socketId')
      : undefined;
  return keyOf(operation, 'ok', made, params);
};

/** The last part of the type of a problem: the name of its code or refusal. */
export const nameOf = (type: string): string => type.slice(type.lastIndexOf('/') + 1);

const BEGINS = /^startup$/;
const MAKES = /^(?:socket|accept|conditionalAccept|duplicate)$/;

/** The id that a call made tells all; else its parameters do, in any order. */
const keyOf = (operation: string, outcome: string, made: string | undefined, params: Members): string =>
  JSON.stringify([operation, outcome, made ?? brief(params)]);

/** A value as a journal has it: lengths for buffers, the beginning of long texts and lists. */
const brief = (value: unknown): unknown => {
  if (typeof value === 'string') return value.slice(0, MOST_CHARACTERS);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.slice(0, MOST_ITEMS).map(brief);
  const { base64, text, len } = membersOf(value);
  if (typeof base64 === 'string') return { bytes: len ?? lengthOf(base64) };
  if (typeof text === 'string') return { bytes: len ?? new TextEncoder().encode(text).length };
  if (typeof len === 'number') return { bytes: len };
  return Object.entries(value)
    .map(([name, member]) => [name, brief(member)])
    .sort();
};

/** How much a journal keeps of a text and of a list. */
const MOST_CHARACTERS = 256;
const MOST_ITEMS = 100;

/** The number of bytes in base64. */
const lengthOf = (base64: string): number => Math.floor((base64.replace(/=+$/, '').length * 3) / 4);
