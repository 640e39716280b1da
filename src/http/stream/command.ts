import { JsonRefused, parseStrictJson } from '../gates/strict-json.js';
import { CLOSE } from '../websocket/web-sockets.js';

/** What the client of a stream asks for by a text message. */
export interface Command {
  readonly type: 'shutdown' | 'sendDisconnect' | 'reset';
  /** The other members. */
  readonly params: object;
}

/** The code and the reason with which a WebSocket closes. */
export interface CloseWith {
  readonly code: number;
  readonly reason: string;
}

/** The members of each command, beside `type`. */
const MEMBERS: Readonly<Record<Command['type'], readonly string[]>> = {
  shutdown: [],
  sendDisconnect: ['disconnectData'],
  reset: [],
};

const TYPES = `type is ${Object.keys(MEMBERS).join(', ')}.`;

/**
 * The command of a text message, or the close if it is none.
 *
 * @param mostValues the most values and names in the text
 */
export const readCommand = (text: string, mostValues: number): Command | CloseWith => {
  const value = parsed(text, mostValues);
  if (value instanceof JsonRefused) return { code: CLOSE.unsupported, reason: 'A text message is JSON.' };
  if (typeof value !== 'object' || value === null || !('type' in value)) return wrongMessage(TYPES);
  const { type, ...params } = value;
  if (!isType(type)) return wrongMessage(TYPES);
  const known = MEMBERS[type];
  return Object.keys(params).every((name) => known.includes(name))
    ? { type, params }
    : wrongMessage(
        `${type} has ${known.length > 0 ? `no members but ${known.join(', ')}` : 'no other members'}.`,
      );
};

/** The close after a message that the daemon does not take. */
export const wrongMessage = (reason: string): CloseWith => ({ code: CLOSE.policy, reason });

const isType = (type: unknown): type is Command['type'] =>
  typeof type === 'string' && Object.hasOwn(MEMBERS, type);

const parsed = (text: string, mostValues: number): unknown => {
  try {
    return parseStrictJson(text, mostValues);
  } catch (error) {
    if (error instanceof JsonRefused) return error;
    throw error;
  }
};
