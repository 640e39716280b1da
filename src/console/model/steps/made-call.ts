import type { Call, Outcome, RecordedCall, SocketAddress } from '../types.js';

/** A call that this page has made: its parameters are known with all their bytes. */
export interface OwnCall {
  readonly call: Call;
  readonly outcome: Outcome;
  /** When it was sent: milliseconds since the epoch. */
  readonly beganMs: number;
  /** When its answer came: milliseconds since the epoch. */
  readonly endMs: number;
}

/** A recorded call that this page has made. */
export interface OwnRecordedCall extends RecordedCall {
  readonly own: OwnCall;
}

/** A call that has ended: one of this page, one that a journal has recorded, or both. */
export type MadeCall = OwnCall | RecordedCall | OwnRecordedCall;

/** Any members. */
export type Members = Readonly<Record<string, unknown>>;

/** A made call in one form, wherever it comes from. */
export interface Told {
  readonly operation: string;
  /** All parameters by name, ids and bytes included. */
  readonly params: Members;
  /** `ok`, or the name of the problem. */
  readonly outcome: string;
  /** What is known of its result. */
  readonly result: Members;
  /** The session, if it is known without looking at the socket. */
  readonly sessionId: string | undefined;
  readonly beganMs: number;
  readonly endMs: number;
  /** Whether it waited before it ended. */
  readonly waited: boolean;
  /** The faults that acted on it. */
  readonly faults: readonly string[];
  readonly notes: readonly string[];
  /** Why it cannot be repeated; undefined: it can. */
  readonly leftOut: string | undefined;
}

export const isRecorded = (made: MadeCall): made is RecordedCall | OwnRecordedCall => 'entry' in made;

/** An object with the members of a value; none if it is no object. */
export const membersOf = (value: unknown): Members => {
  const members: Members = Object(value);
  return members;
};

/** A member that is a text. */
export const textIn = (value: unknown, name: string): string | undefined => {
  const member = membersOf(value)[name];
  return typeof member === 'string' ? member : undefined;
};

/** An address of the API with a port. */
export type WithPort = SocketAddress & { readonly port: number };

export const isWithPort = (value: unknown): value is WithPort => {
  const { family, port } = membersOf(value);
  return typeof family === 'string' && typeof port === 'number';
};
