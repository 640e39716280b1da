import type { Static } from 'typebox';
import type { Answer } from '../daemon/answer.js';
import { type Refusal, refuse } from '../daemon/refusals.js';
import { isLinger, isOption, OPTIONS, type OptionName, type OptionValue } from '../winsock/options.js';
import { type Failure, fail, ok } from '../winsock/outcome.js';
import type { OptionValueSchema } from './schemas.js';

/** Options that the daemon keeps, since the native sockets never block. */
export const TIMEOUTS: Readonly<Partial<Record<OptionName, 'recv' | 'send'>>> = {
  SO_RCVTIMEO: 'recv',
  SO_SNDTIMEO: 'send',
};

type Value = Static<typeof OptionValueSchema>;

const MEMBER = { BOOL: 'boolean', int: 'integer', DWORD: 'integer', LINGER: 'linger' } as const;

/** The option of that level and name; WSAENOPROTOOPT for a pair that is not in the table. */
export const optionOf = (level: string, name: string, call: string): OptionName | Failure =>
  isOption(level, name)
    ? name
    : fail('WSAENOPROTOOPT', call, { detail: `this daemon knows no such option at this level.` });

/** Reads the value of an option: exactly the member that its type asks for. */
export const readValue = (option: OptionName, value: Value): Answer<OptionValue> => {
  const { type } = OPTIONS[option];
  const member = MEMBER[type];
  const given = value[member];
  if (given === undefined || Object.keys(value).length !== 1) {
    return invalid('/value', `must have exactly the member ${member}, as ${option} is of type ${type}`);
  }
  const low = type === 'int' ? -0x80000000 : 0;
  const high = type === 'int' ? 0x7fffffff : 0xffffffff;
  if (typeof given === 'number' && (given < low || given > high)) {
    return invalid('/value/integer', `must be ${low} to ${high}, as ${option} is of type ${type}`);
  }
  return ok(given);
};

/** The value of an option, as a result carries it. */
export const shownValue = (value: OptionValue): Value => {
  if (isLinger(value)) return { linger: value };
  return typeof value === 'boolean' ? { boolean: value } : { integer: value };
};

const invalid = (pointer: string, detail: string): Refusal =>
  refuse('validation', `${pointer}: ${detail}.`, { errors: [{ pointer, detail }] });
