/** What the entry of a journal says of the effect of its call. */
import type { Entry } from '../types.js';

const SENDS = ['send', 'sendTo', 'sendMsg'];
const RECEIVES = ['recv', 'recvFrom', 'recvMsg'];

export const isSend = ({ operation }: Entry): boolean => SENDS.includes(operation);

export const isReceive = ({ operation }: Entry): boolean => RECEIVES.includes(operation);

/** A parameter of a call; undefined if it was not given or not recorded. */
export const parameter = (entry: Entry, name: string): unknown => {
  const parameters: Readonly<Record<string, unknown>> = entry.parameters ?? {};
  return parameters[name];
};

/** A member of a value that may be an object. */
export const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;

/** Whether a call had a flag, for example `MSG_PEEK`. */
export const hasFlag = (entry: Entry, flag: string): boolean => {
  const flags = parameter(entry, 'flags');
  return Array.isArray(flags) && flags.includes(flag);
};

/**
 * What a call itself did, whatever a fault did to its answer. `reset`: a fault reset the connection;
 * `nothing`: it had no effect that a peer could have noticed.
 */
export const effectOf = ({ outcome, invented }: Entry): 'done' | 'failed' | 'reset' | 'nothing' => {
  if (invented?.effect === 'reset') return 'reset';
  if (invented) return invented.realCode === 0 ? 'done' : 'nothing';
  return outcome === 'ok' ? 'done' : 'failed';
};

/** Whether the answer of a call was not delivered, and what the call had consumed went back. */
export const wentBack = ({ undelivered, collected }: Entry): boolean =>
  undelivered === true && collected !== true;

/** Whether a receive has taken what it shows: peeked bytes, and bytes that went back, are received later. */
export const takes = (entry: Entry): boolean =>
  isReceive(entry) && effectOf(entry) === 'done' && !wentBack(entry) && !hasFlag(entry, 'MSG_PEEK');

/** Whether a call moved urgent data. */
export const isUrgent = (entry: Entry): boolean => hasFlag(entry, 'MSG_OOB');

/** How long a call took, in milliseconds. */
export const durationMs = ({ nativeUs, waitUs }: Entry): number => (nativeUs + waitUs) / 1000;
