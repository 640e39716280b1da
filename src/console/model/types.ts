/** The types of the API under short names. They are made from the OpenAPI document. */
import type { components } from './openapi.gen.js';

type Schemas = components['schemas'];

export type SessionInfo = Schemas['SessionInfo'];
export type SocketInfo = Schemas['SocketInfo'];
export type SocketState = Schemas['SocketState'];
export type SocketAddress = Schemas['SocketAddress'];
export type ProviderName = Schemas['ProviderName'];
/** The record of one call in a journal. */
export type Entry = Schemas['JournalEntry'];
/** A problem document (RFC 9457). Further members depend on the code. */
export type Problem = Schemas['Problem'];
export type FaultRule = Schemas['FaultRule'];
export type FaultInfo = Schemas['FaultInfo'];
export type LabLink = Schemas['LabLink'];
export type RelayInfo = Schemas['RelayInfo'];
export type BatchStep = Schemas['BatchStep'];
export type BatchResult = Schemas['BatchResult'];
export type BatchStepResult = Schemas['BatchStepResult'];
export type OperationEvent = Schemas['OperationEvent'];
export type StateEvent = Schemas['StateEvent'];
export type SessionEvent = Schemas['SessionEvent'];
export type UndeliveredEvent = Schemas['UndeliveredEvent'];
export type RelayEvent = Schemas['RelayEvent'];
export type GapEvent = Schemas['GapEvent'];
export type About = Schemas['About'];

/** An entry of a journal with its session. */
export interface RecordedCall {
  readonly sessionId: string;
  readonly entry: Entry;
  /** When the call ended: milliseconds since the epoch, with fractions, of one clock for a session. */
  readonly endMs: number;
}

/** A call before it is made: an operation and all its parameters by name, ids included. */
export interface Call {
  readonly operation: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** How a call has ended. */
export type Outcome =
  | { readonly ok: true; readonly result: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly problem: Problem };
