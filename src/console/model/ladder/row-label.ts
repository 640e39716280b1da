/** What happened in a call, in a few words. */
import type { Entry } from '../types.js';
import { hasFlag, isReceive, isSend, member, parameter, wentBack } from './effects.js';

/** For example `send 5 bytes`, `recv 5 bytes, end` or `connect: WSAECONNREFUSED`. */
export const rowLabel = (entry: Entry): string => `${what(entry)}${how(entry)}`;

export const byteCount = (bytes: number): string => `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`;

const what = (entry: Entry): string => {
  const { operation, bytesSent, bytesReceived, eof } = entry;
  if (isSend(entry) && bytesSent !== undefined) return `${operation} ${byteCount(bytesSent)}${flags(entry)}`;
  if (isReceive(entry) && bytesReceived !== undefined) {
    const bytes = eof && bytesReceived === 0 ? '' : ` ${byteCount(bytesReceived)}`;
    return `${operation}${bytes}${eof ? ', end' : ''}${flags(entry)}`;
  }
  const subject = subjectOf(entry);
  return `${operation}${subject === '' ? '' : ` ${subject}`}${dataOf(entry)}`;
};

const flags = (entry: Entry): string =>
  ['MSG_PEEK', 'MSG_OOB']
    .filter((flag) => hasFlag(entry, flag))
    .map((flag) => `, ${flag}`)
    .join('');

/** Data that travels with a connection or its end. */
const dataOf = (entry: Entry): string => {
  const parts = [
    ['callerData', 'connect data'],
    ['calleeData', 'connect data'],
    ['disconnectData', 'disconnect data'],
  ] as const;
  return parts
    .map(([name, text]) => {
      const bytes = dataBytes(entry, name);
      return bytes === undefined ? '' : ` + ${byteCount(bytes)} of ${text}`;
    })
    .join('');
};

/** The length of a buffer among the parameters; the journal has no more of it. */
export const dataBytes = (entry: Entry, name: string): number | undefined => {
  const bytes = member(parameter(entry, name), 'len');
  return typeof bytes === 'number' ? bytes : undefined;
};

/** The parameter by which a reader knows the call. */
const SUBJECTS: Readonly<Record<string, string>> = {
  shutdown: 'how',
  conditionalAccept: 'condition',
  setSockOpt: 'name',
  getSockOpt: 'name',
  ioctl: 'request',
  armFault: 'effect',
  removeFault: 'faultId',
};

const subjectOf = (entry: Entry): string => {
  if (entry.operation === 'setLabLink') return linkOf(entry);
  if (entry.operation === 'advanceLabClock') return `${Number(parameter(entry, 'advanceMs') ?? 0)} ms`;
  const name = SUBJECTS[entry.operation];
  const value = name === undefined ? undefined : parameter(entry, name);
  return typeof value === 'string' ? value : '';
};

const linkOf = (entry: Entry): string => {
  const given = (name: string, text: (value: number) => string): string[] => {
    const value = parameter(entry, name);
    return typeof value === 'number' ? [text(value)] : [];
  };
  const partition = parameter(entry, 'partition');
  return [
    ...given('latencyMs', (value) => `${value} ms`),
    ...given('bytesPerSecond', (value) => `${value} bytes a second`),
    ...given('loss', (value) => `loss ${value}`),
    ...(typeof partition === 'boolean' ? [partition ? 'partition' : 'no partition'] : []),
  ].join(', ');
};

const how = (entry: Entry): string => {
  const back = wentBack(entry) ? ', not delivered' : '';
  if (entry.outcome === 'failed') return `: ${entry.name ?? entry.code ?? 'failed'}${back}`;
  if (entry.outcome === 'refused') return `: refused, ${entry.refusal ?? 'unknown'}${back}`;
  return back;
};
